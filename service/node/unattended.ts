import { type Evidence, type LaneRequest, ownedTopic, type Topic } from '@pennypost/sdk/codec'
import { type Address, addressToBytes, equalBytes, walletOf } from '@pennypost/sdk/crypto'
import { effectiveUnattendedRule, leavesOf, type Rule } from '@pennypost/sdk/policy'
import { laneWorths, type TopicPolicy, unitsOf } from '@pennypost/sdk/verifier'
import type { NodeDeps } from './deps.ts'
import { blocksOf, type ResolvedTopic } from './gates/index.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { Draft } from './state/draft.ts'
import { need, type StateKey } from './state/node-state.ts'
import type { LaneRecord, TopicState, UnattendedMail } from './store/index.ts'

/**
 * What there is room for, of one unattended address at a time. A lane has its place from when it is opened until it is used or
 * over, so that no letter is refused for want of room once its evidence is spent.
 */
export const unattendedRoom = { letters: 256, units: 2048 } as const

/** Of one letter. */
const mostUnits = laneWorths.small.units

/** Where the mail of an unattended address goes; undefined for any other topic. */
function mailOf({ parsed, topic }: { readonly parsed: Topic; readonly topic: string }) {
  if (parsed.kind !== 'unattended') return undefined
  return { owner: parsed.owner, topic, contact: ownedTopic('contact', parsed.owner) }
}

/** The state that opening a lane for an unattended address reads, and publishing under it. */
export function unattendedState({ state }: NodeDeps, target: ResolvedTopic): StateKey[] {
  const mail = mailOf(target)
  return mail ? [need(state.topics, mail.contact), need(state.unattended, mail.topic)] : []
}

/** What is asked of whoever writes to an unattended address; a refusal where nothing may be written, or nothing more. */
export function unattendedPolicy(
  deps: NodeDeps,
  request: LaneRequest,
  { owner, topic }: { readonly owner: Address; readonly topic: string },
): TopicPolicy | Refusal {
  const { state, terms, unattended, clock } = deps
  const mail = state.unattended.get(topic)
  const contact = state.topics.get(ownedTopic('contact', owner))
  const blocks = state.blocks.get(owner)
  if (!mail || !contact || !blocks) return refuse('node.unavailable', 'The node is overloaded. Try again.')
  const { floor, requestBits } = terms()
  const rule = effectiveUnattendedRule(floor, unattended.rule)
  const refusal = checkAttended(contact) ?? checkAsked(request, rule) ?? checkRoom(mail, request, clock())
  return refusal ?? { rule, recipient: addressToBytes(owner), requestBits, blocks: blocksOf(deps, owner, blocks) }
}

/** Whoever has published keys gets letters, which say to nobody but the recipient who wrote, and has a rule of its own. */
const checkAttended = ({ used }: TopicState): Refusal | undefined =>
  used ? refuse('unattended.attended', 'The account has published keys; write to it with a letter.') : undefined

function checkAsked({ policyVersion, holder, evidence, units }: LaneRequest, rule: Rule): Refusal | undefined {
  if (policyVersion !== 0n)
    return refuse('policy.version-unknown', 'An unattended address has no policy. Ask with version 0.')
  if (walletOf(holder)) return refuse('lane.malformed', 'No wallet publishes there; the holder must be a lane key.')
  if (units > mostUnits)
    return refuse('lane.too-many-units', `A letter to an unattended address has ${mostUnits} units.`)
  const leaves = leavesOf(rule)
  const isGranted = ({ kind, condition }: Evidence) =>
    kind.case === 'connection' || leaves[condition]?.condition.kind === 'nobody'
  return evidence.some(isGranted)
    ? refuse('evidence.not-asked', 'An unattended address has connected with nobody, and nobody there reads requests.')
    : undefined
}

function checkRoom({ letters, units, open }: UnattendedMail, asked: LaneRequest, now: number): Refusal | undefined {
  const places = open.filter(({ expiresAt }) => now < expiresAt)
  const unitsOpen = places.reduce((sum, lane) => sum + lane.units, 0)
  const isRoom =
    letters + places.length < unattendedRoom.letters && units + unitsOpen + asked.units <= unattendedRoom.units
  return isRoom
    ? undefined
    : refuse('unattended.full', 'The address has as much mail waiting as is kept of it. Nothing was used up.')
}

/** Gives a lane that is to be kept the place that {@link unattendedPolicy} has found for it. */
export function holdPlace({ state }: NodeDeps, target: ResolvedTopic, { draft, lane }: Place): void {
  const mail = mailOf(target)
  if (!mail) return
  const kept = draft.require(state.unattended, mail.topic)
  draft.set(state.unattended, mail.topic, { ...kept, open: [...kept.open, lane] })
}

/** Whether a letter may still be left, though its lane was opened before. */
export function checkUnattended({ state }: NodeDeps, target: ResolvedTopic, draft: Draft): Refusal | undefined {
  const mail = mailOf(target)
  return mail && checkAttended(draft.require(state.topics, mail.contact))
}

/** Puts a letter into the place of its lane. */
export function fillPlace(
  { state }: NodeDeps,
  target: ResolvedTopic,
  { draft, lane, message }: Place & { readonly message: Uint8Array },
): void {
  const mail = mailOf(target)
  if (!mail) return
  const { letters, units, open } = draft.require(state.unattended, mail.topic)
  draft.set(state.unattended, mail.topic, {
    letters: letters + 1,
    units: units + unitsOf(message),
    open: open.filter(({ use }) => !equalBytes(use, lane.use)),
  })
}

type Place = { readonly draft: Draft; readonly lane: Pick<LaneRecord, 'use' | 'units' | 'expiresAt'> }
