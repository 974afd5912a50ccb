import { equalBytes, fromBytes } from '@pennypost/sdk/crypto'
import type { ChainReader } from '../chain/index.ts'
import type { BlockRef, LogEntry, ProverStore } from '../store/index.ts'
import { createLogBuilder, extendLog, LogBrokenError, type LogBuilder } from './log-builder.ts'

type Options = {
  readonly chain: ChainReader
  readonly store: ProverStore
  /** The first block that may hold an operation. */
  readonly fromBlock: bigint
  /** The most blocks asked for at once. */
  readonly range?: bigint | undefined
}

/** What one round of reading came to. */
export type Round = {
  /** The newest block that counts, now read to its end; undefined if the chain was reorganised meanwhile. */
  readonly block: BlockRef | undefined
  readonly added: number
  /** The block after which all was forgotten, where the chain was reorganised. */
  readonly rolledBackTo: bigint | undefined
}

const yieldEvery = 16
const leavesPerPage = 1_024

/** Follows the note log of a chain into a store. */
export class Indexer {
  readonly #chain: ChainReader
  readonly #store: ProverStore
  /** The block before the first that counts: nothing is known there. */
  readonly #origin: bigint
  readonly #range: bigint
  #step: bigint
  /** The newest block at which the contract agreed. */
  #agreed: bigint
  /** The log as the store has it; undefined if it must be loaded. */
  #log: LogBuilder | undefined

  constructor({ chain, store, fromBlock, range = 2_000n }: Options) {
    this.#chain = chain
    this.#store = store
    this.#origin = fromBlock - 1n
    this.#agreed = this.#origin
    this.#range = range
    this.#step = range
  }

  /** Reads up to a block, the newest that counts, after going back where the chain was reorganised. */
  async sync(head: BlockRef): Promise<Round> {
    const { cursor, rolledBackTo } = await this.#reconcile()
    try {
      return { ...(await this.#readOn(cursor, head)), rolledBackTo }
    } catch (error) {
      this.#log = undefined // it may be ahead of the store
      if (error instanceof LogBrokenError) await this.#rollback(this.#agreed)
      throw error
    }
  }

  /**
   * Whether the contract's own count and chain hash at a block are those of the store; false if the chain has moved
   * on from the block. Throws {@link LogBrokenError} where they differ; what was read since they last agreed is then
   * forgotten, to be read again.
   */
  async verify(block: BlockRef): Promise<boolean> {
    const claim = await this.#chain.claim(block.number)
    if ((await this.#chain.block(block.number))?.hash !== block.hash) return false
    const position = await this.#store.position()
    if (position?.operations === claim.operations && equalBytes(position.chain, claim.chain)) {
      this.#agreed = block.number
      return true
    }
    await this.#rollback(this.#agreed)
    throw new LogBrokenError(
      `At block ${block.number} the contract counts ${claim.operations} operations, ${position?.operations} were read ${
        position?.operations === claim.operations ? 'with another chain hash' : ''
      }.`,
    )
  }

  /** Finds the newest block that was read and is still on the chain, and forgets what is after it. */
  async #reconcile(): Promise<{ cursor: bigint; rolledBackTo: bigint | undefined }> {
    const blocks = await this.#store.blocks()
    for (const [depth, { number, hash }] of blocks.entries()) {
      if ((await this.#chain.block(number))?.hash !== hash) continue
      if (depth > 0) await this.#rollback(number)
      return { cursor: number, rolledBackTo: depth > 0 ? number : undefined }
    }
    await this.#rollback(this.#origin)
    return { cursor: this.#origin, rolledBackTo: blocks.length > 0 ? this.#origin : undefined }
  }

  async #rollback(block: bigint): Promise<void> {
    this.#log = undefined
    await this.#store.rollback(block)
    if (block < this.#agreed) this.#agreed = block
  }

  async #readOn(cursor: bigint, head: BlockRef): Promise<Omit<Round, 'rolledBackTo'>> {
    let [at, added]: [bigint, number] = [cursor, 0]
    let block = at === head.number ? head : undefined
    while (at < head.number) {
      const read = await this.#readRange(at + 1n, head)
      if (!read) return { block: undefined, added }
      await this.#store.append(read.entries, read.block)
      added += read.entries.length
      block = read.block
      at = block.number
    }
    return { block, added }
  }

  /** Reads some blocks to the end of one; nothing where the chain is reorganised meanwhile. */
  async #readRange(from: bigint, head: BlockRef): Promise<{ block: BlockRef; entries: LogEntry[] } | undefined> {
    const last = from + this.#step - 1n
    const block = last >= head.number ? head : await this.#chain.block(last)
    if (!block) return undefined
    const operations = await this.#chain.operations(from, block.number).catch((error) => {
      if (this.#step === 1n) throw error
      this.#step /= 2n // endpoints bound what they answer at once, each in its own way
    })
    if (!operations) return await this.#readRange(from, head)
    if ((await this.#chain.block(block.number))?.hash !== block.hash) return undefined
    if (this.#step < this.#range) this.#step *= 2n

    this.#log ??= await loadLog(this.#store)
    const entries: LogEntry[] = []
    for (const operation of operations) {
      entries.push(extendLog(this.#log, operation))
      if (entries.length % yieldEvery === 0) await new Promise(setImmediate) // a root costs milliseconds
    }
    return { block, entries }
  }
}

/** The log as a store has it. */
async function loadLog(store: ProverStore): Promise<LogBuilder> {
  const log = createLogBuilder()
  const position = await store.position()
  if (!position) return log
  for (let from = 0, size = 1; from < size; from += leavesPerPage) {
    const page = await store.leaves(position.operations, { from, limit: leavesPerPage })
    for (const leaf of page.leaves) log.tree.append(fromBytes(leaf))
    log.tree.root() // in steps, so that the prover answers meanwhile
    await new Promise(setImmediate)
    size = page.size
  }
  log.chain = position.chain
  log.operations = position.operations
  return log
}
