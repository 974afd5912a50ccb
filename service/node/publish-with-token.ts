import { checkEnvelopeLimits, type Envelope, encodePaidEnvelope, TopicMalformedError } from '@pennypost/sdk/codec'
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
} from './gates/index.ts'
import { nameOfCaller } from './name-caller.ts'
import { park } from './park.ts'
import { type Refusal, refuse } from './refusal.ts'
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
  const sent = envelopes.map(resolve)
  const refused = sent.find((entry) => 'code' in entry)
  if (refused) return refused
  const caller = nameOfCaller(ip, deps.key.seed)
  const request = { deps, wallet, caller, now: Math.floor(deps.clock()), sent: sent as TokenEnvelope[] }

  const refusal = await attempt(request, new Map())
  if (!refusal) return { ok: true }
  if (await areStored(deps, envelopes)) return { ok: true }
  if (!mayHelp.has(refusal.code)) return refusal

  const walletLanes = await loadWalletLanes(
    deps,
    request,
    envelopes.map(({ contentTopic }) => contentTopic),
  )
  const second = [...walletLanes.values()].some(({ length }) => length > 0)
    ? await attempt(request, walletLanes)
    : refusal
  if (!second) return { ok: true }
  return park(request, second)
}

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

async function attempt(request: TokenRequest, walletLanes: TokenGate['walletLanes']): Promise<Refusal | undefined> {
  const { deps, sent } = request
  const result = await transact(deps, {
    keys: sent.flatMap(({ target }) => stateFor(request, target)),
    decide(draft) {
      const gate: TokenGate = { ...request, walletLanes, draft, taken: new Map() }
      return decide(gate, sent) ?? { envelopes: outgoing(sent, gate.taken) }
    },
  })
  return result.ok ? undefined : result
}

/** Decides on all envelopes, V1 introductions before the conversations that they open. */
export function decide(gate: TokenGate, sent: readonly TokenEnvelope[]): Refusal | undefined {
  const [first, last] = [sent.filter((entry) => !isDirect(entry)), sent.filter(isDirect)]
  for (const entry of [...first, ...last]) {
    const refusal = passTokenGate(gate, entry)
    if (refusal) return refusal
  }
  return undefined
}

const isDirect = ({ target }: TokenEnvelope): boolean => target.parsed.kind === 'dm'

/** What goes out of a publish that was accepted. */
export function outgoing(sent: readonly TokenEnvelope[], taken: TokenGate['taken']): Outgoing[] {
  return sent.map(({ envelope, target }) => {
    const { use, counter, tag, paid: lane } = taken.get(envelope) ?? {}
    const paid = lane && encodePaidEnvelope({ lane }) // its wallet's token has signed for it
    return {
      envelope: { ...envelope, digest: digestOf(envelope), use, counter, tag, paid },
      isEphemeral: target.parsed.ephemeral,
    }
  })
}

async function areStored({ store }: NodeDeps, envelopes: readonly Envelope[]): Promise<boolean> {
  const found = await Promise.all(envelopes.map((envelope) => store.find({ ...envelope, digest: digestOf(envelope) })))
  return found.every(Boolean)
}
