import type { encodeConnection } from '../codec/index.ts'
import { doWork, type TicketFields, type TicketRequest } from '../evidence/index.ts'
import type { Leaf } from '../policy/index.ts'
import type { ClientContext } from './context.ts'
import type { HeldConnection } from './held-connection.ts'
import { type StepOptions, tellBoth } from './progress.ts'
import { type Refusal, refuse } from './refusal.ts'

/** The evidence of a lane, from plain fields. */
export type EvidenceInit = { condition: number; kind: Kind }[]

/** What evidence is gathered for. */
export type EvidenceTarget = {
  readonly use: Uint8Array
  readonly toward: TicketRequest['toward']
  readonly connection?: HeldConnection | undefined
}

type Context = Pick<ClientContext, 'network' | 'stamps' | 'tell'>

/** Gathers what meets some conditions, all of it bound to one use. */
export async function gatherEvidence(
  context: Context,
  conditions: readonly Leaf[],
  target: EvidenceTarget & StepOptions,
): Promise<{ ok: true; evidence: EvidenceInit } | Refusal> {
  const evidence: EvidenceInit = []
  const tickets = await gatherTickets(context, conditions, target)
  if (!tickets) return refuse('stamps.missing', 'Too few of your stamps are left. Buy some first.')
  for (const leaf of conditions) {
    const kinds =
      leaf.condition.kind === 'stamp'
        ? tickets.splice(0, leaf.condition.count)
        : [await gatherOne(context, leaf, target)]
    evidence.push(...kinds.map((kind) => ({ condition: leaf.index, kind })))
  }
  return { ok: true, evidence }
}

type Kind =
  | { case: 'ticket'; value: TicketFields }
  | { case: 'connection'; value: Parameters<typeof encodeConnection>[0] }
  | { case: 'work'; value: { nonce: bigint } }

/** All tickets of a lane at once, so that each has a message id of its own. */
async function gatherTickets(
  { stamps, network }: Context,
  conditions: readonly Leaf[],
  { use, toward, signal, onProgress }: EvidenceTarget & StepOptions,
): Promise<Kind[] | undefined> {
  const count = conditions.reduce((sum, { condition }) => sum + (condition.kind === 'stamp' ? condition.count : 0), 0)
  if (count === 0) return []
  const tickets = await stamps.tickets({ networkId: network.id, use, count, toward, signal, onProgress })
  return tickets?.map((value) => ({ case: 'ticket', value }))
}

async function gatherOne(
  context: Context,
  { index, condition }: Leaf,
  target: EvidenceTarget & StepOptions,
): Promise<Kind> {
  if (condition.kind === 'connection' && target.connection) {
    return { case: 'connection', value: target.connection.connection }
  }
  const bits = condition.kind === 'work' ? condition.bits : context.network.requestBits
  const nonce = await doWork({ use: target.use, condition: index }, bits, {
    ...(target.signal && { signal: target.signal }),
    onProgress: ({ tried, expected }) => tellBoth(context, target, { kind: 'working', tried, expected }),
  })
  return { case: 'work', value: { nonce } }
}
