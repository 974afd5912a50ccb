import { decodeSignedPolicy, directTopic, type Envelope, type Topic } from '@pennypost/sdk/codec'
import { type Address, addressToBytes } from '@pennypost/sdk/crypto'
import { evaluateRule, ruleAt } from '@pennypost/sdk/policy'
import { isBlocked, QUOTE_LIFETIME, type TopicPolicy, verifySignedPolicy } from '@pennypost/sdk/verifier'
import { type Refusal, refuse } from '../refusal.ts'
import { need, type StateKey } from '../state/node-state.ts'
import type { TopicState } from '../store/index.ts'
import { allowanceState, takeAllowance, takeOwn } from './allowance.ts'
import { passBlocks } from './blocks.ts'
import { explainAsked } from './explain-refusal.ts'
import { currentPolicy, recipientPolicy, supersede } from './recipient.ts'
import type { ResolvedTopic } from './resolve-topic.ts'
import type { TokenEnvelope, TokenGate, TokenRequest } from './token-publish.ts'
import { checkVersion } from './versions.ts'
import { takeFromLane } from './wallet-lane.ts'

/** Whose policy decides on an envelope of this wallet; undefined if none does. */
export function recipientOf(topic: Topic, wallet: Address): Address | undefined {
  if (topic.kind === 'dm') return topic.parties.find((party) => party !== wallet)
  return isFirstContact(topic) && topic.owner !== wallet ? topic.owner : undefined
}

/** Whether strangers write to a topic's owner there, with a token or a lane. */
const isFirstContact = (topic: Topic): topic is Extract<Topic, { owner: Address }> =>
  topic.kind === 'invite' || topic.kind === 'intro' || topic.kind === 'groupInvite'

/** The state that deciding on an envelope reads. */
export function stateFor(request: Omit<TokenRequest, 'sent'>, target: ResolvedTopic): StateKey[] {
  const { state } = request.deps
  const { wallet } = request
  const { parsed, stateKey } = target
  const recipient = recipientOf(parsed, wallet)
  return [
    need(state.topics, stateKey),
    ...(recipient
      ? [
          need(state.policies, recipient),
          need(state.blocks, recipient),
          need(state.topics, directTopic(wallet, recipient)),
        ]
      : []),
    ...(parsed.kind === 'policy' ? [need(state.policies, parsed.owner)] : []),
    ...(parsed.kind === 'blocks' ? [need(state.blocks, parsed.owner)] : []),
    ...allowanceState(request, target),
  ]
}

/** Whether the wallet may publish the envelope; what that changes goes into the draft. */
export function passTokenGate(gate: TokenGate, { envelope, target }: TokenEnvelope): Refusal | undefined {
  const { parsed } = target
  switch (parsed.kind) {
    case 'contact':
    case 'privatestore':
    case 'log':
    case 'blocks':
    case 'policy':
    case 'sharedlist':
      return parsed.owner === gate.wallet
        ? (passDocument(gate, { envelope, target }, parsed) ?? takeOwn(gate, { envelope, target }))
        : restricted()
    case 'leaks':
      return restricted()
    case 'sealed':
    case 'unattended':
      return refuse('topic.lane-only', 'Only lanes publish there. Open one at /v1/lanes.')
    case 'invite':
    case 'intro':
    case 'groupInvite':
      return parsed.owner === gate.wallet
        ? takeOwn(gate, { envelope, target })
        : passFirstContact(gate, { envelope, target }, parsed.owner)
    case 'dm':
      return passDirect(gate, { envelope, target })
    case 'message':
      return passConversation(gate, { envelope, target })
    case 'free':
      return takeAllowance(gate, { envelope, target })
    case 'userpreferences':
      return passOwned(gate, target) ?? takeOwn(gate, { envelope, target })
  }
}

const restricted = (): Refusal => refuse('topic.restricted', 'publishing to restricted topic')

/** Takes a document that others are judged by; other own topics say nothing to the node. */
function passDocument(
  gate: TokenGate,
  { envelope, target }: TokenEnvelope,
  { kind, owner }: Extract<Topic, { owner: Address }>,
): Refusal | undefined {
  if (kind === 'contact') noteUsed(gate, target) // from now on the account is not unattended
  if (kind === 'blocks') return passBlocks(gate, envelope, owner)
  return kind === 'policy' ? passPolicy(gate, envelope, owner) : undefined
}

function passPolicy({ deps, draft, now }: TokenGate, { message }: Envelope, owner: Address): Refusal | undefined {
  const { document } = verifySignedPolicy(message, { networkId: deps.network.id, owner: addressToBytes(owner) })
  const versions = draft.require(deps.state.policies, owner)
  const current = currentPolicy(versions)
  const refusal = checkVersion('policy', document, current)
  if (refusal) return refusal
  const next = { version: document.version, document: decodeSignedPolicy(message).document }
  draft.set(deps.state.policies, owner, supersede(versions, next, now))
  return undefined
}

function passFirstContact(gate: TokenGate, sent: TokenEnvelope, recipient: Address): Refusal | undefined {
  const policy = policyOf(gate, recipient)
  const refusal = checkBlocked(gate, policy, recipient) ?? passRule(gate, sent, { policy, recipient })
  if (!refusal && sent.target.parsed.kind === 'intro') openDirect(gate, recipient)
  return refusal
}

function passDirect(gate: TokenGate, sent: TokenEnvelope): Refusal | undefined {
  const { parsed } = sent.target
  const recipient = recipientOf(parsed, gate.wallet)
  if (parsed.kind !== 'dm' || !parsed.parties.includes(gate.wallet) || !recipient) {
    return refuse('topic.not-a-party', 'Only the two parties publish in their conversation.')
  }
  const policy = policyOf(gate, recipient)
  const isOpen = topicState(gate, sent.target.stateKey).open
  const refusal =
    checkBlocked(gate, policy, recipient) ??
    (isOpen ? takeAllowance(gate, sent) : passRule(gate, sent, { policy, recipient }))
  if (!refusal) openDirect(gate, recipient)
  return refusal
}

function policyOf({ deps, draft }: TokenGate, recipient: Address): TopicPolicy {
  return recipientPolicy(deps, recipient, {
    versions: draft.require(deps.state.policies, recipient),
    blocks: draft.require(deps.state.blocks, recipient),
  })
}

function checkBlocked({ wallet }: TokenGate, policy: TopicPolicy, recipient: Address): Refusal | undefined {
  const isRefused = isBlocked(policy.blocks, { kind: 'wallet', value: addressToBytes(wallet) })
  return isRefused ? refuse('policy.blocked', `${recipient} has blocked ${wallet}.`) : undefined
}

/** A first contact passes where nothing is asked, or under a lane that somebody opened for the wallet. */
function passRule(
  gate: TokenGate,
  sent: TokenEnvelope,
  asked: { policy: TopicPolicy; recipient: Address },
): Refusal | undefined {
  const { policy, recipient } = asked
  const rule = ruleAt(policy.rule, { now: gate.now, quotedSince: gate.now - QUOTE_LIFETIME })
  const result = evaluateRule(rule, new Set())
  if (result.ok) return takeAllowance(gate, sent)
  if (takeFromLane(gate, sent, policy.blocks)) return undefined
  const { provideUrl } = gate.deps
  const { topic, parsed } = sent.target
  const link = provideUrl({ wallet: gate.wallet, recipient, kind: parsed.kind })
  return refuse(
    'policy.refused',
    `${recipient} accepts a first message if ${explainAsked(rule, gate.deps)}. ` +
      `Provide it at ${link} for ${topic} in the name of ${gate.wallet}.`,
    { missing: result.missing },
  )
}

function passConversation(gate: TokenGate, sent: TokenEnvelope): Refusal | undefined {
  const state = topicState(gate, sent.target.stateKey)
  if (state.closed) return refuse('topic.closed', 'The conversation is closed.')
  if (state.claimed) {
    return takeFromLane(gate, sent) ? undefined : refuse('topic.claimed', 'Only lanes publish in this conversation.')
  }
  noteUsed(gate, sent.target)
  return takeAllowance(gate, sent)
}

function noteUsed(gate: TokenGate, { stateKey }: ResolvedTopic): void {
  const state = topicState(gate, stateKey)
  if (!state.used) gate.draft.set(gate.deps.state.topics, stateKey, { ...state, used: true })
}

function passOwned(gate: TokenGate, { stateKey }: ResolvedTopic): Refusal | undefined {
  const state = topicState(gate, stateKey)
  if (state.owner === gate.wallet) return undefined
  if (state.owner) return refuse('topic.owned', 'Another wallet wrote to this topic first.')
  gate.draft.set(gate.deps.state.topics, stateKey, { ...state, owner: gate.wallet })
  return undefined
}

function openDirect(gate: TokenGate, recipient: Address): void {
  const topic = directTopic(gate.wallet, recipient)
  const state = topicState(gate, topic)
  if (!state.open) gate.draft.set(gate.deps.state.topics, topic, { ...state, open: true })
}

const topicState = ({ deps, draft }: TokenGate, topic: string): TopicState => draft.require(deps.state.topics, topic)
