import type { LaneRequest } from '@pennypost/sdk/codec'
import { type Address, toAddress, walletOf } from '@pennypost/sdk/crypto'
import type { Rule } from '@pennypost/sdk/policy'
import { checkRenewal, laneWorths, type TopicPolicy, useOfRequest } from '@pennypost/sdk/verifier'
import type { NodeDeps } from './deps.ts'
import { quotedPolicy, type ResolvedTopic, resolveTopic } from './gates/index.ts'
import { type Refusal, refuse } from './refusal.ts'
import { laneKey, need, type StateKey } from './state/node-state.ts'
import type { LaneRecord } from './store/index.ts'
import { unattendedPolicy, unattendedState } from './unattended.ts'

/** What a topic asks of a lane. */
export type LaneTerms = {
  readonly policy: TopicPolicy
  /** The lane makes the conversation its own: from now on only lanes write there. */
  readonly claims: boolean
}

const firstContactKinds: ReadonlySet<string> = new Set(['sealed', 'unattended', 'invite', 'intro', 'groupInvite'])

/** The account that a lane's topic writes to; undefined if it is no first contact. */
export function laneRecipient({ parsed }: ResolvedTopic, holder: Uint8Array): Address | undefined {
  if (parsed.kind === 'dm') {
    const wallet = walletOf(holder)
    return wallet && parsed.parties.find((party) => party !== toAddress(wallet))
  }
  return 'owner' in parsed && firstContactKinds.has(parsed.kind) ? parsed.owner : undefined
}

/** The state that the terms depend on. */
export function termsState(deps: NodeDeps, request: LaneRequest, target: ResolvedTopic): StateKey[] {
  const { state } = deps
  const recipient = laneRecipient(target, request.holder)
  return [
    need(state.topics, target.stateKey),
    ...(recipient ? [need(state.blocks, recipient)] : []),
    ...(recipient && target.parsed.kind !== 'unattended' ? [need(state.policies, recipient)] : []),
    ...unattendedState(deps, target),
    ...(request.renewal ? [need(state.lanes, laneKey(request.renewal.use))] : []),
  ]
}

/** What the topic of a request asks now; a refusal where no lane is opened there at all. */
export function termsOf(deps: NodeDeps, request: LaneRequest, target: ResolvedTopic): LaneTerms | Refusal {
  switch (target.parsed.kind) {
    case 'sealed':
    case 'invite':
    case 'intro':
    case 'groupInvite':
      return firstContact(deps, request, target.parsed.owner)
    case 'unattended':
      return unattended(deps, request, { owner: target.parsed.owner, topic: target.topic })
    case 'dm':
      return direct(deps, request, target)
    case 'message':
      return conversation(deps, request, target)
    case 'leaks':
      return refuse('topic.restricted', 'Only the node itself writes on this topic.')
    default:
      return refuse('lane.topic-open', 'That topic takes no lanes; its owner publishes with a token.')
  }
}

function firstContact(deps: NodeDeps, { policyVersion }: LaneRequest, recipient: Address): LaneTerms | Refusal {
  const versions = deps.state.policies.get(recipient)
  const blocks = deps.state.blocks.get(recipient)
  if (!versions || !blocks) return refuse('node.unavailable', 'The node is overloaded. Try again.')
  const now = deps.clock()
  const policy = quotedPolicy(deps, { recipient, versions, blocks, quoted: policyVersion, now })
  return 'code' in policy ? policy : { policy, claims: false }
}

function unattended(
  deps: NodeDeps,
  request: LaneRequest,
  to: { readonly owner: Address; readonly topic: string },
): LaneTerms | Refusal {
  const policy = unattendedPolicy(deps, request, to)
  return 'code' in policy ? policy : { policy, claims: false }
}

function direct(deps: NodeDeps, request: LaneRequest, target: ResolvedTopic): LaneTerms | Refusal {
  const wallet = walletOf(request.holder)
  const { parsed } = target
  const recipient = laneRecipient(target, request.holder)
  if (parsed.kind !== 'dm' || !wallet || !recipient || !parsed.parties.includes(toAddress(wallet))) {
    return refuse('topic.not-a-party', 'A lane in a conversation of two must be held by the wallet of one of them.')
  }
  return firstContact(deps, request, recipient)
}

/** The first lane meets the floor and claims the topic, unless wallets have written there; later ones are renewals. */
function conversation(deps: NodeDeps, request: LaneRequest, { topic, stateKey }: ResolvedTopic): LaneTerms | Refusal {
  const state = deps.state.topics.get(stateKey)
  if (!state) return refuse('node.unavailable', 'The node is overloaded. Try again.')
  if (state.closed) return refuse('topic.closed', 'The conversation is closed.')
  if (!state.claimed) {
    const { floor } = deps.terms()
    const policy = plain(deps, floor)
    const isOpen = floor.kind === 'everyone'
    return { policy: isOpen ? { ...policy, allowance: laneWorths.conversation } : policy, claims: !state.used }
  }
  if (!request.renewal)
    return refuse('lane.renewal-needed', 'A holder of a lane in this conversation must sign for another one.')
  const signer = deps.state.lanes.get(laneKey(request.renewal.use))
  const isSigned =
    signer && isOn(signer, stateKey) && checkRenewal(signer, request.renewal, useOfRequest(deps.network.id, request))
  if (!isSigned) return refuse('lane.renewal-invalid', `No holder of a lane has signed for another one on ${topic}.`)
  return { policy: { ...plain(deps, everyone), allowance: laneWorths.conversation }, claims: false }
}

/** Whether a lane is on a conversation, be it on its stored or its ephemeral topic. */
export const isOn = ({ topic }: LaneRecord, stateKey: string): boolean => resolveTopic(topic).stateKey === stateKey

const everyone: Rule = { kind: 'everyone' }

/** A rule without a recipient, who alone could block. */
const plain = ({ terms }: NodeDeps, rule: Rule): TopicPolicy => ({
  rule,
  requestBits: terms().requestBits,
})
