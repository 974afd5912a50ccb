import type { Checkpoint } from '../../codec/index.ts'
import { toHex } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { CheckpointMissingError, type FindOptions, followTree, type TreeFollower } from '../../notes/index.ts'
import { type ProverClient, ProverUnavailableError } from '../../transport/index.ts'
import type { CheckpointTrust } from '../../verifier/index.ts'
import { type StepOptions, type Tell, tellBoth } from '../session/events.ts'
import type { SafeStorage } from '../session/storage.ts'
import { defaultMaxCheckpointAge, requireFresh } from './checkpoint-age.ts'

/** Where the tree comes from, and whom to believe. */
export type TreeKeeperOptions = {
  readonly prover: ProverClient | undefined
  readonly trust: CheckpointTrust | undefined
  readonly storage: SafeStorage
  readonly tell: Tell
  /** Unix seconds. */
  readonly now: () => number
  /** How old a checkpoint may be, in seconds, whose root is shown. */
  readonly maxAge?: number | undefined
  /** The newest checkpoint by another source's word; undefined where it has none to give. */
  readonly newest: (signal: AbortSignal | undefined) => Promise<bigint | undefined>
}

/** The note tree of a client: followed while the prover answers, kept in storage for when it does not. */
export type TreeKeeper = {
  /** Goes on to the newest checkpoint; where the prover is down, what is known stays, and the event says so. */
  refresh(options?: StepOptions): Promise<TreeFollower>
  /** The newest tree, and no older than it may be where its root is shown; throws {@link CheckpointStaleError} else. */
  fresh(options?: StepOptions): Promise<TreeFollower>
  /** The trees as they are known, once it has looked in them for leaves that depend on the checkpoint. */
  find(leavesOf: (checkpoint: Checkpoint) => readonly bigint[], options?: FindStep): Promise<TreeFollower>
  /** Waits until an operation of the note log is under a checkpoint. */
  waitFor(operation: bigint, options?: StepOptions): Promise<void>
  /** The newest checkpoint that is known, without asking anybody. */
  checkpoint(): Checkpoint | undefined
  /** Whether anybody has said whose checkpoints count: without that there is no tree. */
  readonly isTrusted: boolean
}

/** Where leaves are looked for. */
export type FindStep = StepOptions & Pick<FindOptions, 'newest' | 'near'>

/** Under what the trees of a network are stored. */
export const treeKey = (trust: Pick<CheckpointTrust, 'networkId'> | undefined): string =>
  `pennypost/tree/${toHex(trust?.networkId ?? new Uint8Array())}`

/** Keeps the note tree; asks nobody until it is needed. */
export function createTreeKeeper(options: TreeKeeperOptions): TreeKeeper {
  const { trust, storage, tell } = options
  const key = treeKey(trust)
  const tree = once(async () => open(options, await storage.get(key)))
  const save = async (follower: TreeFollower) => storage.set(key, follower.save())

  async function refresh(step: StepOptions = {}): Promise<TreeFollower> {
    const follower = await tree.get()
    const before = follower.checkpoint?.sequence
    try {
      const { sequence } = await follower.update(updateOptions(tell, step))
      if (sequence !== before) await save(follower)
    } catch (error) {
      if (before === undefined || !isTreeDown(error)) throw error
      tellBoth(options, step, { kind: 'degraded', code: error.code })
    }
    return follower
  }

  const get = async (step: StepOptions = {}): Promise<TreeFollower> => {
    const follower = await tree.get()
    return follower.checkpoint ? follower : refresh(step)
  }

  return {
    isTrusted: trust !== undefined,
    refresh,
    async find(leavesOf, { newest, near, ...step } = {}) {
      const follower = await get(step)
      const leaves = follower.checkpoint ? leavesOf(follower.checkpoint) : []
      if (leaves.every((leaf) => follower.knows(leaf))) return follower
      const error = await search(follower, leaves, { ...updateOptions(tell, step), newest, near })
      if (error) tellBoth(options, step, { kind: 'degraded', code: error.code })
      else await save(follower)
      return follower
    },
    async fresh(step = {}) {
      const { now, maxAge = defaultMaxCheckpointAge, newest } = options
      const named = await newest(step.signal)
      const follower = await refresh(step)
      if (follower.checkpoint) requireFresh(follower.checkpoint, { now: now(), maxAge, named })
      return follower
    },
    async waitFor(operation, step = {}) {
      const follower = await tree.get()
      await follower.waitFor(operation, updateOptions(tell, step))
      await save(follower)
    },
    checkpoint: () => tree.known()?.checkpoint,
  }
}

/** Looks for leaves; where the prover is down, and some are known, those are enough. */
async function search(follower: TreeFollower, leaves: readonly bigint[], options: FindOptions) {
  try {
    await follower.find(leaves, options)
    return undefined
  } catch (error) {
    const isSomeKnown = leaves.some((leaf) => follower.indexOf(leaf) !== undefined)
    if (isSomeKnown && isTreeDown(error)) return error
    throw error
  }
}

/** Opens the saved tree; one that does not hold is forgotten. */
async function open({ prover, trust, now }: TreeKeeperOptions, saved: Uint8Array | undefined): Promise<TreeFollower> {
  if (!trust) {
    throw new SignersMissingError("Stamps need the addresses of the network's signers and note tree.", {
      hint: 'Pass `network: { chainId, noteTree, registry, signers, threshold }` to Client.create.',
    })
  }
  const source = { prover: prover ?? unconfigured, trust, now }
  try {
    return await followTree({ ...source, saved })
  } catch (error) {
    if (error instanceof BaseError) return followTree(source)
    throw error
  }
}

const updateOptions = (tell: Tell, { signal, onProgress }: StepOptions) => ({
  signal,
  onProgress: ({ leaves, of }: { leaves: number; of: number }) =>
    tellBoth({ tell }, { onProgress }, { kind: 'tree', leaves, of }),
})

/** A value that is made when it is first asked for, and again only after that failed. */
function once<T>(make: () => Promise<T>) {
  let value: T | undefined
  let making: Promise<T> | undefined
  return {
    known: () => value,
    get(): Promise<T> {
      making ??= make().then(
        (made) => {
          value = made
          return made
        },
        (error) => {
          making = undefined
          throw error
        },
      )
      return making
    },
  }
}

/** Whether an error only says that nobody could be asked, or that there is no checkpoint yet. */
export const isTreeDown = (error: unknown): error is BaseError =>
  error instanceof ProverUnavailableError || error instanceof CheckpointMissingError

const unavailable = async (): Promise<never> => {
  throw new ProverUnavailableError('The client was given no prover.', { hint: 'Pass its URL as `prover`.' })
}

const unconfigured = {
  latestCheckpoint: unavailable,
  leaves: unavailable,
  nodes: unavailable,
  operations: unavailable,
  checkpoints: unavailable,
}

/** Nobody has said whose checkpoints count. */
export class SignersMissingError extends BaseError {
  override readonly code = 'network.signers-missing'
}
