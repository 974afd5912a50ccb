import { BaseError } from '@pennypost/sdk/verifier'
import { ChainRangeError, type ChainReader, createRange, findKnown } from '../chain/index.ts'
import type { BlockRef, LedgerStore } from '../store/index.ts'
import { findDifference } from './find-difference.ts'
import { maxLeaks } from './leaks.ts'

type Options = {
  readonly chain: Pick<ChainReader, 'block' | 'events' | 'ledgerClaim' | 'leakUntil' | 'time'>
  readonly store: LedgerStore
  /** The contracts that are followed; where they change, all is read again. */
  readonly contracts: readonly string[]
  /** The first block that may have an event. */
  readonly fromBlock: bigint
  /** The most blocks asked for at once. */
  readonly range?: bigint | undefined
}

/** Follows stakes and connections of a chain into a store, to the end of a block, whatever the chain takes back. */
export class Ledger {
  readonly #options: Options
  readonly #range: ReturnType<typeof createRange>
  #isBound = false
  /** The newest block at which the contracts agreed. */
  #agreed: bigint
  /** Secrets that the note tree has confirmed. */
  readonly #confirmed = new Set<bigint>()

  constructor(options: Options) {
    this.#options = options
    this.#range = createRange(options.range ?? 2_000n)
    this.#agreed = options.fromBlock - 1n
  }

  /** Reads up to a block; false if the chain was reorganised meanwhile, and it is to be tried again. */
  async sync(head: BlockRef): Promise<boolean> {
    if (this.#options.contracts.length === 0) return true
    await this.#bind()
    let cursor = await this.#reconcile(head)
    while (cursor < head.number) {
      const read = await this.#readRange(cursor + 1n, head)
      if (!read) return false
      cursor = read.number
    }
    return true
  }

  /**
   * Whether the contracts' own word at a block is what was read; false if the chain has moved on from the block. Throws
   * {@link LedgerBrokenError} where it is not, since what would be signed would be false; what was read since they last agreed
   * is then forgotten, to be read again.
   */
  async verify(block: BlockRef): Promise<boolean> {
    const { chain, store, fromBlock } = this.#options
    const said = await chain.ledgerClaim(block.number)
    if ((await chain.block(block.number))?.hash !== block.hash) return false
    const between = { agreed: this.#agreed, block: block.number }
    const difference = (await findDifference(store, said, between)) ?? (await this.#findInvented(block.number))
    if (difference === undefined) {
      this.#agreed = block.number
      return true
    }
    this.#confirmed.clear()
    await store.rollbackLedger(this.#agreed)
    this.#agreed = fromBlock - 1n
    throw new LedgerBrokenError(`At block ${block.number} ${difference} were read.`)
  }

  /** Whether a secret would be announced of which the note tree knows nothing: it would cost the bond. */
  async #findInvented(block: bigint): Promise<string | undefined> {
    const { chain, store } = this.#options
    const time = await chain.time(block)
    for (const secret of await store.leaksAt({ block, time, limit: maxLeaks })) {
      if (this.#confirmed.has(secret)) continue
      if ((await chain.leakUntil(secret, block)) < time) return 'other leaks were told of than'
      this.#confirmed.add(secret)
    }
    return undefined
  }

  async #bind(): Promise<void> {
    if (this.#isBound) return
    const { store, contracts, fromBlock } = this.#options
    const source = `${fromBlock} ${[...contracts].sort().join(' ')}`
    if ((await store.ledgerSource()) !== source) await store.resetLedger(source)
    this.#isBound = true
  }

  /** The newest block that was read and is still on the chain; forgets what is after it. */
  async #reconcile(head: BlockRef): Promise<bigint> {
    const { chain, store, fromBlock } = this.#options
    const blocks = await store.ledgerBlocks()
    const place = await findKnown({ chain, blocks, head })
    const cursor = blocks[place]?.number ?? fromBlock - 1n
    if (place > 0) {
      this.#confirmed.clear()
      await store.rollbackLedger(cursor)
    }
    return cursor
  }

  /** Reads some blocks to the end of one; nothing where the chain is reorganised meanwhile. */
  async #readRange(from: bigint, head: BlockRef): Promise<BlockRef | undefined> {
    const { chain, store } = this.#options
    const last = from + this.#range.now - 1n
    const block = last >= head.number ? head : await chain.block(last)
    if (!block) return undefined
    const events = await chain.events(from, block.number).catch((error) => {
      const isLeast = this.#range.now === 1n
      this.#range.lower() // endpoints bound what they answer at once, each in its own way, some by silence
      if (isLeast || !(error instanceof ChainRangeError)) throw error
    })
    if (!events) return await this.#readRange(from, head)
    if ((await chain.block(block.number))?.hash !== block.hash) return undefined
    this.#range.raise()
    await store.appendEvents(events, block)
    return block
  }
}

/** The events that a chain's endpoint shows of the contracts are not all there are. */
export class LedgerBrokenError extends BaseError {
  readonly code = 'ledger.broken'
}
