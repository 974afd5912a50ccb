import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, encodeSignedCheckpoint } from '@pennypost/sdk/codec'
import { addressToBytes, equalBytes, toBytes32, toHex } from '@pennypost/sdk/crypto'
import { BaseError, checkpointDigest } from '@pennypost/sdk/verifier'
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
  /** Seconds after which a checkpoint is made although nothing happened but new blocks. */
  readonly interval: number
  /** Unix seconds. */
  readonly now: () => number
  /** The number of the first checkpoint in an empty store. */
  readonly firstSequence: bigint
  /** The most roots in one checkpoint; a log that grew by more takes several. 1,024 by default. */
  readonly maxRoots?: number
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
    const pending = await store.newestProposal()
    if (pending && !pending.signed && (await this.#isStillTrue(pending))) await this.#finish(pending)

    const classes = await this.#options.chain.classes(block.number)
    for (let issued = 0; ; issued++) {
      const base = await this.#findBase()
      const next = await this.#nextPosition(base)
      if (!this.#isDue(base, { next, block, classes })) return issued
      const roots = await store.roots(base.shared, next.operations)
      await this.#propose({ block, next, roots, classes }, base)
    }
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
        `A checkpoint over ${last.operations} operations is signed, but the chain has ${whole.operations} now.`,
        { hint: 'Signing goes on when the log is as long again. Wait for more confirmations.' },
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

  #isDue({ last, shared }: Base, { next, block, classes }: Pick<Candidate, 'next' | 'block' | 'classes'>): boolean {
    if (!last || next.operations > shared || shared < last.operations) return true
    const { nodes } = this.#options.network
    if (!equalBytes(checkpointDigest({ ...last, classes, nodes }), checkpointDigest(last))) return true
    const isOld = this.#options.now() - Number(last.issuedAt) >= this.#options.interval
    return isOld && block.number > last.blockNumber
  }

  async #propose({ block, next, roots, classes }: Candidate, { last }: Base): Promise<void> {
    const { store, network, now, firstSequence } = this.#options
    const sequence = ((await store.newestProposal())?.sequence ?? firstSequence - 1n) + 1n
    const moment: Moment = {
      sequence,
      block,
      operations: next.operations,
      logHash: next.chain,
      roots,
      root: toBytes32(next.root),
      classes,
      issuedAt: Math.max(now(), Number(last?.issuedAt ?? 0n)),
    }
    const checkpoint = encodeCheckpoint(makeCheckpoint(network, moment))
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

type Candidate = Pick<Moment, 'block' | 'roots' | 'classes'> & { readonly next: LogPosition }

/** The chain took back operations that are in a signed checkpoint: more confirmations would have prevented it. */
export class LogShrunkError extends BaseError {
  readonly code = 'log.shrunk'
}
