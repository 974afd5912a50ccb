import {
  type Checkpoint,
  CheckpointMalformedError,
  decodeCheckpoint,
  decodeSignedCheckpoint,
  encodeSignedCheckpoint,
  isMalformed,
  type SignedCheckpoint,
} from '../codec/index.ts'
import { concatBytes, fromBytes, toBytes4 } from '../crypto/index.ts'
import type { ProverPage } from '../transport/prover-client.ts'
import { CheckpointInvalidError, type CheckpointTrust, trustAfter, verifyCheckpoint } from '../verifier/index.ts'

/** Where the checkpoints between two are read, when their signers have changed. */
export type CheckpointSource = {
  checkpoints?(after: bigint, page?: ProverPage): Promise<readonly SignedCheckpoint[]>
}

/** Where trust begins: the pinned signers, a source, and the time in unix seconds. */
export type TrustOptions = {
  readonly genesis: CheckpointTrust
  readonly source: CheckpointSource
  readonly now?: (() => number) | undefined
}

/** Whose checkpoints count now, beginning with the pinned ones. */
export type Trust = {
  /** Checks a checkpoint; where its signers are unknown, learns from the ones before it who they are. */
  verify(signed: SignedCheckpoint, signal?: AbortSignal): Promise<Checkpoint>
  /** The checkpoints by which signers have handed over, for {@link restoreTrust}. */
  save(): Uint8Array
}

type State = {
  readonly trust: CheckpointTrust
  readonly handovers: readonly SignedCheckpoint[]
  readonly sequence: bigint
}

type When = { readonly now: number | undefined }
type Walk = When & { readonly signal: AbortSignal | undefined }

/** The first page begins at a multiple of this: where a client stands is nothing to know it by. */
const perPage = 100

/** Trust that begins with pinned signers and follows what each checkpoint says of those who sign after it. */
export function createTrust(options: TrustOptions): Trust {
  return trustFrom({ trust: options.genesis, handovers: [], sequence: 0n }, options)
}

/** The same from what was saved, each handover checked again; answers how many bytes that was. */
export function restoreTrust(saved: Uint8Array, options: TrustOptions): { trust: Trust; length: number } {
  const now = options.now?.()
  const numberAt = (at: number) => Number(fromBytes(saved.subarray(at, at + 4)))
  let state: State = { trust: options.genesis, handovers: [], sequence: 0n }
  let at = 4
  for (let left = numberAt(0); left > 0 && at < saved.length; left--) {
    const end = at + 4 + numberAt(at)
    const signed = decodeSignedCheckpoint(saved.subarray(at + 4, end))
    state = after(state, signed, verifyCheckpoint(signed, state.trust, { now }))
    at = end
  }
  return { trust: trustFrom(state, options), length: at }
}

function trustFrom(start: State, { source, now }: TrustOptions): Trust {
  let state = start
  return {
    save() {
      const handovers = state.handovers.map(encodeSignedCheckpoint)
      const parts = handovers.flatMap((bytes) => [toBytes4(bytes.length), bytes])
      return concatBytes(toBytes4(handovers.length), ...parts)
    },
    async verify(signed, signal) {
      const when = { now: now?.() }
      const known = tryVerify(signed, state.trust, when)
      if (known) {
        state = after(state, signed, known)
        return known
      }
      // On from here, never from the beginning again: whoever signed once and does no longer must not sign another history.
      const walked = await walk(state, source, { ...when, signal })
      const checkpoint = verifyCheckpoint(signed, walked.trust, when)
      state = after(walked, signed, checkpoint)
      return checkpoint
    },
  }
}

/** The state after all checkpoints that a source has; those that do not count change nothing. */
async function walk(from: State, source: CheckpointSource, { signal, ...when }: Walk): Promise<State> {
  let state = from
  for (let next = from.sequence - (from.sequence % BigInt(perPage)); ; ) {
    const page = (await source.checkpoints?.(next, { limit: perPage, signal })) ?? []
    state = page.reduce((last, signed) => follow(last, signed, when), state)
    const reached = state === from ? page.reduce(sequenceOf, next) : state.sequence
    if (reached <= next || (state === from && reached > from.sequence)) return state
    next = reached
  }
}

function follow(state: State, signed: SignedCheckpoint, when: When): State {
  const checkpoint = tryVerify(signed, state.trust, when)
  return checkpoint && checkpoint.sequence > state.sequence ? after(state, signed, checkpoint) : state
}

/** Where a checkpoint of before stands; its signers may be others than now. */
function sequenceOf(otherwise: bigint, { checkpoint }: SignedCheckpoint): bigint {
  try {
    return decodeCheckpoint(checkpoint).sequence
  } catch (error) {
    if (isMalformed(error) || error instanceof CheckpointMalformedError) return otherwise
    throw error
  }
}

function after(state: State, signed: SignedCheckpoint, checkpoint: Checkpoint): State {
  if (checkpoint.sequence < state.sequence) return state
  const trust = trustAfter(checkpoint, state.trust)
  const isHandover = nameOf(trust) !== nameOf(state.trust)
  return {
    trust,
    handovers: isHandover ? [...state.handovers, signed] : state.handovers,
    sequence: checkpoint.sequence,
  }
}

const nameOf = ({ signers, threshold }: CheckpointTrust): string => `${threshold} of ${[...signers].sort().join()}`

function tryVerify(signed: SignedCheckpoint, trust: CheckpointTrust, when: When): Checkpoint | undefined {
  try {
    return verifyCheckpoint(signed, trust, when)
  } catch (error) {
    if (error instanceof CheckpointInvalidError) return undefined
    throw error
  }
}
