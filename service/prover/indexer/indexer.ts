import { equalBytes, fromBytes } from '@pennypost/sdk/crypto'
import { NoteForest, NoteTree, placeOf, SUBTREE_SIZE, subtreeOf } from '@pennypost/sdk/notes'
import { ChainRangeError, type ChainReader, createRange, findKnown } from '../chain/index.ts'
import type { BlockRef, LogEntry, LoggedOperation, ProverStore } from '../store/index.ts'
import { createLogBuilder, extendLog, LogBrokenError, type LogBuilder } from './log-builder.ts'

type Options = {
  readonly chain: ChainReader
  readonly store: ProverStore
  /** The first block that may hold an operation. */
  readonly fromBlock: bigint
  /** How many notes one tree has room for. */
  readonly capacity: number
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

/** Follows the note log of a chain into a store. */
export class Indexer {
  readonly #chain: ChainReader
  readonly #store: ProverStore
  /** The block before the first that counts: nothing is known there. */
  readonly #origin: bigint
  readonly #range: ReturnType<typeof createRange>
  readonly #capacity: number
  /** The newest block at which the contract agreed. */
  #agreed: bigint
  /** The log as the store has it; undefined if it must be loaded. */
  #log: LogBuilder | undefined

  constructor({ chain, store, fromBlock, capacity, range = 2_000n }: Options) {
    this.#chain = chain
    this.#capacity = capacity
    this.#store = store
    this.#origin = fromBlock - 1n
    this.#agreed = this.#origin
    this.#range = createRange(range)
  }

  /** Reads up to a block, the newest that counts, after going back where the chain was reorganised. */
  async sync(head: BlockRef): Promise<Round> {
    const { cursor, rolledBackTo } = await this.#reconcile(head)
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
  async #reconcile(head: BlockRef): Promise<{ cursor: bigint; rolledBackTo: bigint | undefined }> {
    const blocks = await this.#store.blocks()
    const place = await findKnown({ chain: this.#chain, blocks, head })
    const cursor = blocks[place]?.number ?? this.#origin
    if (place > 0 || blocks.length === 0) await this.#rollback(cursor)
    return { cursor, rolledBackTo: place > 0 ? cursor : undefined }
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
    const last = from + this.#range.now - 1n
    const block = last >= head.number ? head : await this.#chain.block(last)
    if (!block) return undefined
    const operations = await this.#chain.operations(from, block.number).catch((error) => {
      const isLeast = this.#range.now === 1n
      this.#range.lower() // endpoints bound what they answer at once, each in its own way, some by silence
      if (isLeast || !(error instanceof ChainRangeError)) throw error
    })
    if (!operations) return await this.#readRange(from, head)
    if ((await this.#chain.block(block.number))?.hash !== block.hash) return undefined
    this.#range.raise()

    this.#log ??= await loadLog(this.#store, this.#capacity)
    for (const tree of this.#log.forest.trees) tree.release() // what is written is in the store now
    const entries: LogEntry[] = []
    for (const operation of operations) {
      await holdLeaf(this.#log, this.#store, operation)
      entries.push(extendLog(this.#log, operation))
      if (entries.length % yieldEvery === 0) await new Promise(setImmediate) // a root costs milliseconds
    }
    return { block, entries }
  }
}

/** The log as a store has it: the roots of subtrees, and the leaves of none. */
async function loadLog(store: ProverStore, capacity: number): Promise<LogBuilder> {
  const position = await store.position()
  if (!position || position.operations === 0) return createLogBuilder(capacity)
  const { operations, chain, root } = position
  const { size } = await store.leaves(operations, { from: 0, limit: 0 })
  const trees: NoteTree[] = []
  for (let first = 0; first < size; first += capacity) {
    const nodes = (await store.nodes(operations, trees.length)).map(fromBytes)
    const tree = new NoteTree({ size: Math.min(capacity, size - first), nodes })
    tree.root() // in steps, so that the prover answers meanwhile
    trees.push(tree)
    await new Promise(setImmediate)
  }
  const forest = new NoteForest({ capacity, trees })
  if (fromBytes(forest.root()) === root) return { forest, chain, operations }
  throw new LogBrokenError('The database has not the subtrees of its own root.')
}

/** Holds the leaves beside the one that an operation writes, where the store has them. */
async function holdLeaf(log: LogBuilder, store: ProverStore, { operation }: LoggedOperation): Promise<void> {
  const { capacity, trees } = log.forest
  const { tree, place } = placeOf(operation.leafIndex, capacity)
  const [found, subtree] = [trees[tree], subtreeOf(place)]
  const start = subtree * SUBTREE_SIZE
  if (!found || found.has(subtree) || start >= found.size) return
  const limit = Math.min(SUBTREE_SIZE, found.size - start)
  const { leaves } = await store.leaves(log.operations, { from: tree * capacity + start, limit })
  if (!found.hold(subtree, leaves.map(fromBytes))) {
    throw new LogBrokenError(`The database has not the leaves of subtree ${subtree} of tree ${tree}.`)
  }
}
