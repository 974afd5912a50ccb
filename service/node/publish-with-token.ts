import { checkEnvelopeLimits, type Envelope, encodeEnvelopeEvidence, TopicMalformedError } from '@pennypost/sdk/codec'
import type { Address } from '@pennypost/sdk/crypto'
import type { NodeDeps } from './deps.ts'
import { digestOf } from './digest.ts'
import {
  loadWalletLanes,
  passTokenGate,
  resolveTopic,
  stateFor,
  type TokenEnvelope,
  type TokenGate,
  type TokenRequest,
  type WalletLanes,
} from './gates/index.ts'
import { inPieces } from './in-pieces.ts'
import { onceNamed } from './name-caller.ts'
import { park } from './park.ts'
import { type Refusal, refuse } from './refusal.ts'
import { createDraft } from './state/draft.ts'
import { withState } from './state/node-state.ts'
import { type Outgoing, transact } from './transact.ts'

/** What a wallet publishes at once: all of it is accepted, or nothing. */
export type TokenPublish = {
  readonly wallet: Address
  /** The network address that it comes from. */
  readonly ip: string
  readonly envelopes: readonly Envelope[]
}

/** The most envelopes of one publish. */
export const maxEnvelopes = 1000

/**
 * Publishes as XMTP V2 does, with a wallet's token. Idempotent: what is stored already is acknowledged, takes nothing
 * from a lane and is not streamed again. Throws on malformed topics and envelopes.
 */
export async function publishWithToken(
  deps: NodeDeps,
  { wallet, ip, envelopes }: TokenPublish,
): Promise<{ ok: true } | Refusal> {
  if (envelopes.length > maxEnvelopes) return refuse('body.malformed', `At most ${maxEnvelopes} envelopes at once.`)
  const sent = await resolveAll(envelopes)
  if ('code' in sent) return sent
  const caller = onceNamed(ip, deps.key.seed)
  const request = { deps, wallet, caller, now: Math.floor(deps.clock()), sent }

  const refused = (await foresee(request)) ?? (await attempt(request, new Map()))
  if (!refused) return { ok: true }
  if (await areStored(deps, envelopes)) return { ok: true }
  if (!mayHelp.has(refused.refusal.code)) return refused.refusal

  const walletLanes = await lanesFor(request, refused)
  const second = walletLanes ? await attempt(request, walletLanes) : refused
  return second ? park(request, second.refusal) : { ok: true }
}

/** So many envelopes are looked at together, with others having their turn in between. */
const atOnce = 100

async function resolveAll(envelopes: readonly Envelope[]): Promise<readonly TokenEnvelope[] | Refusal> {
  const sent: TokenEnvelope[] = []
  for await (const piece of inPieces(envelopes, atOnce)) {
    for (const envelope of piece) {
      const resolved = resolve(envelope)
      if ('code' in resolved) return resolved
      sent.push(resolved)
    }
  }
  return sent
}

/** The wallet's lanes on all topics; undefined if there is none on that of the envelope which needs one. */
async function lanesFor(request: TokenRequest, { topic }: Refused): Promise<WalletLanes | undefined> {
  const { deps, sent } = request
  const found = await loadWalletLanes(deps, request, [topic])
  if (found.get(topic)?.length === 0) return undefined
  const all = new Map(found)
  for await (const piece of inPieces(sent, atOnce)) {
    const topics = piece.map(({ target }) => target.topic)
    for (const [of, lanes] of await loadWalletLanes(deps, request, topics)) all.set(of, lanes)
  }
  return all
}

/** Why a publish is refused, and for which of its topics. */
type Refused = { readonly refusal: Refusal; readonly topic: string }

/** Refusals that a lane of the wallet may overcome. */
const mayHelp = new Set<string>(['policy.refused', 'topic.claimed'])

/** Owners are compared before the grammar is: the two refusals differ for stock clients. */
function resolve(envelope: Envelope): TokenEnvelope | Refusal {
  try {
    return { envelope: checkEnvelopeLimits(envelope), target: resolveTopic(envelope.contentTopic) }
  } catch (error) {
    const isRestricted = /^\/xmtp\/0\/(contact|privatestore|policy)\b/.test(envelope.contentTopic)
    if (!(error instanceof TopicMalformedError) || !isRestricted) throw error
    return refuse('topic.restricted', 'publishing to restricted topic')
  }
}

/** What a large publish will be refused for, a piece at a time: what comes after it costs nothing. */
async function foresee(request: TokenRequest): Promise<Refused | undefined> {
  if (request.sent.length <= atOnce) return undefined
  const gate: TokenGate = { ...request, walletLanes: new Map(), draft: createDraft(), taken: new Map() }
  for await (const piece of inPieces(inOrder(request.sent), atOnce)) {
    const keys = piece.flatMap(({ target }) => stateFor(request, target))
    const refused = await withState(keys, () => decide(gate, piece))
    if (refused) return refused
  }
  return undefined
}

async function attempt(request: TokenRequest, walletLanes: WalletLanes): Promise<Refused | undefined> {
  const { deps, sent } = request
  let refused: Refused | undefined
  await transact(deps, {
    keys: sent.flatMap(({ target }) => stateFor(request, target)),
    decide(draft) {
      const gate: TokenGate = { ...request, walletLanes, draft, taken: new Map() }
      refused = decide(gate, sent)
      return refused?.refusal ?? { envelopes: outgoing(sent, gate.taken) }
    },
  })
  return refused
}

/** Decides on all envelopes. */
export function decide(gate: TokenGate, sent: readonly TokenEnvelope[]): Refused | undefined {
  for (const entry of inOrder(sent)) {
    const refusal = passTokenGate(gate, entry)
    if (refusal) return { refusal, topic: entry.target.topic }
  }
  return undefined
}

/** V1 introductions come before the conversations that they open. */
const inOrder = (sent: readonly TokenEnvelope[]): TokenEnvelope[] => [
  ...sent.filter((entry) => !isDirect(entry)),
  ...sent.filter(isDirect),
]

const isDirect = ({ target }: TokenEnvelope): boolean => target.parsed.kind === 'dm'

/** What goes out of a publish that was accepted. */
export function outgoing(sent: readonly TokenEnvelope[], taken: TokenGate['taken']): Outgoing[] {
  return sent.map(({ envelope, target }) => {
    const { use, counter, tag, evidence: lane } = taken.get(envelope) ?? {}
    const evidence = lane && encodeEnvelopeEvidence({ lane }) // its wallet's token has signed for it
    return {
      envelope: { ...envelope, digest: digestOf(envelope), use, counter, tag, evidence },
      isEphemeral: target.parsed.ephemeral,
    }
  })
}

async function areStored({ store }: NodeDeps, envelopes: readonly Envelope[]): Promise<boolean> {
  for await (const piece of inPieces(envelopes, atOnce)) {
    const found = await Promise.all(piece.map((envelope) => store.find({ ...envelope, digest: digestOf(envelope) })))
    if (!found.every(Boolean)) return false
  }
  return true
}
