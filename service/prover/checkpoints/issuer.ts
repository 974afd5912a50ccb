import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, encodeSignedCheckpoint } from '@pennypost/sdk/codec'
import { addressToBytes, equalBytes, toAddress, toBytes32, toHex } from '@pennypost/sdk/crypto'
import { BaseError, checkpointDigest } from '@pennypost/sdk/verifier'
import type { Clock } from '../../plugins/clock.ts'
import type { ChainReader } from '../chain/index.ts'
import type { BlockRef, CheckpointRecord, LogPosition, ProverStore } from '../store/index.ts'
import type { Journal } from './journal.ts'
import { type Moment, makeCheckpoint, type Network } from './make-checkpoint.ts'
import type { Signer } from './signer.ts'

type Options = {
  readonly chain: ChainReader
  readonly store: ProverStore
  readonly journal: Journal
  readonly signer: Signer
  readonly network: Network
  /** Secrets that a checkpoint at a block announces; none by default. */
  readonly leaks?: (at: Pick<Moment, 'block' | 'classes'>) => Promise<readonly Uint8Array[]>
  /** Seconds after which a checkpoint is made although nothing happened but new blocks. */
  readonly interval: number
  readonly clock: Clock
  /** The number of the first checkpoint in an empty store. */
  readonly firstSequence: bigint
  /** The most roots in one checkpoint; a log that grew by more takes several. 1,024 by default. */
  readonly maxRoots?: number | undefined
}

/** The newest signed checkpoint, if any, and how much of the log it shares with the store. */
type Base = { readonly last: Checkpoint | undefined; readonly shared: number }

/**
 * Makes and signs checkpoints. A sequence number is taken in the store, and the checkpoint is on the disk, before a
 * signature exists; so one number never stands for two different checkpoints, whenever the process dies.
 */
export class Issuer {
  readonly #options: Options

  constructor(options: Options) {
    this.#options = options
  }

  /** Once, at the start: a checkpoint that the journal remembers and the store does not takes its number there. */
  async recover(): Promise<void> {
    const { store, journal, network } = this.#options
    const kept = await journal.read()
    if (!kept) return
    const { sequence, operations, logHash, noteTree, networkId } = decodeCheckpoint(kept)
    const isOurs = equalBytes(networkId, network.networkId) && equalBytes(noteTree, addressToBytes(network.noteTree))
    const newest = await store.newestProposal()
    if (!isOurs || (newest && newest.sequence >= sequence)) return
    await store.propose({ sequence, checkpoint: kept, operations: Number(operations), logHash })
  }

  /** Signs what is due at a block at which the contract agreed with the store; answers how many checkpoints. */
  async issue(block: BlockRef): Promise<number> {
    const { store } = this.#options
    this.#requireInForce(await store.newestSigned())
    const pending = await store.newestProposal()
    if (pending && !pending.signed && (await this.#isStillTrue(pending))) await this.#finish(pending)

    const said = await this.#read(block)
    for (let issued = 0; ; issued++) {
      const base = await this.#findBase()
      const next = await this.#nextPosition(base)
      if (!this.#isDue(base, { next, ...said })) return issued
      this.#requireInForce(base.last && (await store.newestSigned()))
      const roots = await store.roots(base.shared, next.operations)
      await this.#propose({ ...said, next, roots }, base)
    }
  }

  /** What a checkpoint at a block says besides the log. */
  async #read(block: BlockRef): Promise<Said> {
    const { chain, leaks } = this.#options
    const classes = await chain.classes(block.number)
    const signers = await chain.signers(block.number)
    if (signers && signers.threshold > 1) throw new SignersTooManyError(signers.threshold)
    return { block, classes, signers, leaks: (await leaks?.({ block, classes })) ?? [] }
  }

  /** The newest checkpoint says who signs the next one. */
  #requireInForce(newest: CheckpointRecord | undefined): void {
    const { signers } = newest ? decodeCheckpoint(newest.checkpoint) : { signers: [] }
    const own = this.#options.signer.address
    if (signers.length === 0 || signers.some((signer) => toAddress(signer) === own)) return
    throw new SignerNotInForceError(`${own} is not among the ${signers.length} who now sign checkpoints.`, {
      hint: 'Checkpoints are signed elsewhere. Announce this key in the CheckpointRegistry, or stop this prover.',
    })
  }

  /** Whether a checkpoint that was never signed, or perhaps never handed out, may be signed after all. */
  async #isStillTrue({ checkpoint }: CheckpointRecord): Promise<boolean> {
    const { store, chain } = this.#options
    const { blockNumber, blockHash, operations, logHash } = decodeCheckpoint(checkpoint)
    const block = await chain.block(blockNumber)
    const position = await store.position(Number(operations))
    return block?.hash === `0x${toHex(blockHash)}` && position !== undefined && equalBytes(position.chain, logHash)
  }

  /** Checkpoints whose log the chain has since replaced share less than they say with the next one. */
  async #findBase(): Promise<Base> {
    const { store } = this.#options
    const newest = await store.newestSigned()
    const last = newest && decodeCheckpoint(newest.checkpoint)
    let record = newest
    while (record) {
      const position = await store.position(record.operations)
      if (position && equalBytes(position.chain, record.logHash)) return { last, shared: record.operations }
      record = await store.newestSigned(record.sequence)
    }
    return { last, shared: 0 }
  }

  async #nextPosition({ last, shared }: Base): Promise<LogPosition> {
    const { store, maxRoots = 1024 } = this.#options
    const whole = await this.#position()
    if (last && whole.operations < last.operations) {
      throw new LogShrunkError(
        `A checkpoint over ${last.operations} operations is signed, but the chain now has ${whole.operations}.`,
        { hint: 'Signing resumes when the log is as long again. Wait for more confirmations.' },
      )
    }
    const next = last && shared < last.operations ? whole.operations : Math.min(whole.operations, shared + maxRoots)
    return (await store.position(next)) ?? whole
  }

  async #position(): Promise<LogPosition> {
    const position = await this.#options.store.position()
    if (!position) throw new RangeError('The log has no end.')
    return position
  }

  #isDue({ last, shared }: Base, candidate: Omit<Candidate, 'roots'>): boolean {
    const { next, block } = candidate
    if (!last || next.operations > shared || shared < last.operations) return true
    const { nodes, classes, leaks, signers, threshold } = this.#make(candidate, last)
    const now = { ...last, nodes, classes, leaks, signers, threshold }
    if (!equalBytes(checkpointDigest(now), checkpointDigest(last))) return true
    const isOld = this.#options.clock() - Number(last.issuedAt) >= this.#options.interval
    return isOld && block.number > last.blockNumber
  }

  #make({ next, ...said }: Omit<Candidate, 'roots'> & Partial<Candidate>, last: Checkpoint | undefined, sequence = 0n) {
    const moment: Moment = {
      roots: [],
      ...said,
      sequence,
      operations: next.operations,
      logHash: next.chain,
      root: toBytes32(next.root),
      issuedAt: Math.max(Math.floor(this.#options.clock()), Number(last?.issuedAt ?? 0n)),
    }
    return makeCheckpoint(this.#options.network, moment)
  }

  async #propose(candidate: Candidate, { last }: Base): Promise<void> {
    const { store, firstSequence } = this.#options
    const { next } = candidate
    const sequence = ((await store.newestProposal())?.sequence ?? firstSequence - 1n) + 1n
    const checkpoint = encodeCheckpoint(this.#make(candidate, last, sequence))
    decodeCheckpoint(checkpoint) // what nobody could read must not take a number
    const record = { sequence, checkpoint, operations: next.operations, logHash: next.chain }
    await store.propose(record)
    await this.#finish(record)
  }

  async #finish({ sequence, checkpoint }: Omit<CheckpointRecord, 'signed'>): Promise<void> {
    const { store, journal, signer } = this.#options
    await journal.write(checkpoint)
    const signature = signer.sign(checkpointDigest(decodeCheckpoint(checkpoint)))
    const signatures = [{ signer: addressToBytes(signer.address), signature }]
    await store.seal(sequence, encodeSignedCheckpoint({ checkpoint, signatures }))
  }
}

/** What a checkpoint says besides the log. */
type Said = Pick<Moment, 'block' | 'classes' | 'leaks' | 'signers'>
type Candidate = Said & { readonly roots: readonly Uint8Array[]; readonly next: LogPosition }

/** The chain took back operations that are in a signed checkpoint: more confirmations would have prevented it. */
export class LogShrunkError extends BaseError {
  readonly code = 'log.shrunk'
}

/** The chain asks for more signatures than the one that a prover makes: whoever was told so would believe nobody again. */
export class SignersTooManyError extends BaseError {
  readonly code = 'signer.threshold'

  constructor(threshold: number) {
    super(`The chain requires ${threshold} signatures per checkpoint, and a prover makes one.`, {
      hint: 'Announce signers with a threshold of one. Nothing is signed until then.',
    })
  }
}

/** The key of this prover is not among those that the newest checkpoint names as the next signers. */
export class SignerNotInForceError extends BaseError {
  readonly code = 'signer.not-in-force'
}
