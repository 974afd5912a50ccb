import {
  decodeLaneRequest,
  encodeGrant,
  encodeSignedGrant,
  grantStatement,
  type LaneRequest,
} from '@pennypost/sdk/codec'
import { ed25519PublicKey, equalBytes, poseidon, signEd25519, toBytes32 } from '@pennypost/sdk/crypto'
import {
  type CheckpointView,
  decideLane,
  digestEvidence,
  homeOf,
  nullifiersOf,
  type OpenedLane,
  type TopicPolicy,
  type UseGroth16,
  useOfRequest,
} from '@pennypost/sdk/verifier'
import { addLane, grantOf, type Store, shareOf, transact } from './store.ts'

/** What a host says no with: the verifier's refusals, and some of its own. */
export type No = { readonly ok: false; readonly code: string; readonly message: string }
export const no = (code: string, message: string): No => ({ ok: false, code, message })

/** What a host works with. */
export type Host = {
  readonly networkId: Uint8Array
  /** The one topic that is written to, and what it asks. */
  readonly topic: string
  readonly policy: TopicPolicy & { readonly version: bigint }
  readonly checkpoint: () => CheckpointView | undefined
  readonly groth16: UseGroth16
  readonly store: Store
  /** The host's own Ed25519 key. */
  readonly seed: Uint8Array
}

type Opened = { readonly ok: true; readonly grant: Uint8Array }

/** The largest honest request has fewer fields than this. */
const mostParts = 10_000

const now = (): number => Math.floor(Date.now() / 1000)

/** Opens a lane, and answers its signed grant. Who shows the same evidence again gets the same grant, and no fresh allowance. */
export async function openLane(host: Host, body: Uint8Array): Promise<Opened | No> {
  const { networkId, policy, checkpoint, groth16, store } = host
  const request = decodeLaneRequest(body, mostParts)
  const known = grantOf(store, useOfRequest(networkId, request))
  if (known) return repeat(known, request)
  const unasked = checkAsked(host, request)
  if (unasked) return unasked
  const opened = await decideLane(request, {
    networkId,
    policy,
    checkpoint: checkpoint(),
    now: now(),
    usedShare: (nullifier) => shareOf(store, toBytes32(nullifier)),
    isLeaked: () => false, // of stakes alone, and the rule asks for none
    poseidon,
    groth16,
  })
  return opened.ok ? keep(host, request, opened) : opened
}

/** Others may know what a lane is called: they have not what opened it. */
function repeat({ grant, shown }: NonNullable<ReturnType<typeof grantOf>>, request: LaneRequest): Opened | No {
  return equalBytes(shown, digestEvidence(request))
    ? { ok: true, grant }
    : no('lane.opened', 'The lane is open. Its grant is repeated for the evidence that opened it.')
}

function checkAsked(host: Host, request: LaneRequest): No | undefined {
  const { topic, policy } = host
  if (request.topic !== topic) return no('topic.restricted', `Only ${topic} is written to here.`)
  if (request.policyVersion !== policy.version) return no('policy.version-unknown', `Read version ${policy.version}.`)
  if (nullifiersOf(request).some((nullifier) => isElsewhere(host, nullifier)))
    return no('lane.not-home', 'Another node is its home.')
  return undefined
}

/** Two nodes that both take a nullifier would let one stamp pay twice: only its home takes it. */
function isElsewhere({ checkpoint, seed }: Host, nullifier: Uint8Array): boolean {
  const home = homeOf(checkpoint()?.latest.nodes ?? [], nullifier)
  return home !== undefined && !equalBytes(home.key, ed25519PublicKey(seed))
}

/** Nullifiers, lane and grant are one transaction; what others have written while the proof was verified counts first. */
function keep({ store, seed }: Host, request: LaneRequest, opened: OpenedLane): Opened | No {
  const grant = signGrant(opened, seed)
  return transact(store, () => {
    const known = grantOf(store, opened.lane.use)
    if (known) return repeat(known, request)
    if (opened.nullifiers.some(({ nullifier }) => shareOf(store, toBytes32(nullifier))))
      return no('ticket.used', 'The ticket has been used. Use another one.')
    addLane(store, opened, { grant, shown: digestEvidence(request) })
    return { ok: true, grant }
  })
}

function signGrant({ lane, nullifiers, checkpointSequence }: OpenedLane, seed: Uint8Array): Uint8Array {
  const grant = encodeGrant({
    use: lane.use,
    units: lane.units,
    nullifiers: nullifiers.map(({ nullifier }) => toBytes32(nullifier)),
    checkpointSequence,
    acceptedAt: BigInt(now()),
    expiresAt: BigInt(lane.expiresAt),
  })
  const signature = signEd25519(grantStatement(grant), seed)
  return encodeSignedGrant({ grant, node: ed25519PublicKey(seed), signature })
}
