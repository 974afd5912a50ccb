import { keccak256, toHex, utf8 } from '../../sdk/crypto/index.ts'
import { emptyChain, extendChain, type Operation } from '../../sdk/notes/index.ts'
import { ChainRangeError, type ChainReader } from '../../service/prover/chain/index.ts'
import type { BlockRef, LedgerEvent, LoggedOperation } from '../../service/prover/store/index.ts'

type Block = BlockRef & { readonly operations: readonly LoggedOperation[] }

/** A leaf that is appended, told from others by its commitment. */
export const append = (leafIndex: number, commitment = BigInt(leafIndex + 1)): Operation => ({
  kind: 'append',
  leafIndex,
  commitment,
  classId: 7n,
  limit: 10n,
  expiry: 2_000_000_000n,
})

export const zero = (leafIndex: number): Operation => ({ kind: 'zero', leafIndex })

/** How many notes a tree has room for. */
export const capacity = 4

/** A chain in memory whose blocks a test mines and takes back, and that can lie. Block 0 is there from the start. */
export class FakeChain implements ChainReader {
  readonly blocks: Block[] = []
  /** Ranges that were asked for. */
  readonly asked: [from: bigint, to: bigint][] = []
  /** The most blocks that it answers for at once. */
  longestRange = 1_000_000n
  /** Operations that it hides, by number in the log. */
  readonly hidden = new Set<number>()
  #forks = 0

  constructor() {
    this.mine()
  }

  mine(...operations: Operation[]): this {
    const number = BigInt(this.blocks.length)
    const hash = `0x${toHex(keccak256(utf8(`${number}/${this.#forks}`)))}` as const
    const first = this.#all().length
    this.blocks.push({
      number,
      hash,
      operations: operations.map((operation, i) => ({ index: first + i, block: number, operation })),
    })
    return this
  }

  /** Takes back the newest blocks; those mined then have other hashes. */
  takeBack(count: number): this {
    this.blocks.splice(this.blocks.length - count)
    this.#forks += 1
    return this
  }

  async identity() {
    return { chainId: 1n, genesis: this.blocks[0]?.hash ?? '0x', capacity } as const
  }

  async head(): Promise<BlockRef> {
    const { number, hash } = this.blocks.at(-1) as Block
    return { number, hash }
  }

  async block(number: bigint): Promise<BlockRef | undefined> {
    return this.blocks[Number(number)]
  }

  async operations(from: bigint, to: bigint): Promise<LoggedOperation[]> {
    this.asked.push([from, to])
    if (to - from >= this.longestRange) throw new ChainRangeError('query returned more than so many results')
    return this.#all().filter(({ block, index }) => block >= from && block <= to && !this.hidden.has(index))
  }

  async claim(block: bigint) {
    const operations = this.#all().filter((logged) => logged.block <= block)
    const chain = operations.reduce((hash, { index, operation }) => extendChain(hash, index, operation), emptyChain)
    return { operations: operations.length, chain }
  }

  async classes() {
    return this.noteClasses
  }

  /** What contracts beside the tree say of themselves; by themselves, what they have said in events. */
  ledgerClaim: ChainReader['ledgerClaim'] = async (block) => {
    const count = (...kinds: string[]) =>
      this.ledgerEvents.filter((event) => event.block <= block && kinds.includes(event.kind)).length
    return {
      registry: undefined,
      leakCount: count('leaked'),
      stakeClasses: [],
      connectionChanges: count('connected', 'disconnected'),
    }
  }

  async leakUntil(secret: bigint, block: bigint) {
    const told = this.ledgerEvents.filter((event) => event.block <= block)
    return Math.max(0, ...told.flatMap((one) => (one.kind === 'leaked' && one.secret === secret ? [one.until] : [])))
  }

  async time(block: bigint) {
    return this.timeOf(block)
  }

  /** When a block was made. */
  timeOf = (block: bigint): number => 1_000 + 10 * Number(block)

  async events(from: bigint, to: bigint): Promise<LedgerEvent[]> {
    return this.ledgerEvents.filter(({ block }) => block >= from && block <= to)
  }

  /** What contracts beside the tree have said; a test takes back what it takes back of blocks. */
  ledgerEvents: LedgerEvent[] = []

  noteClasses = [
    {
      kind: 1,
      contract: new Uint8Array(20),
      number: 1,
      price: 5n,
      unitsPerTicket: 64,
      laneTtl: 60,
      rootWindow: 60,
      epochLength: 0,
      limit: 0,
    },
  ]

  #all(): LoggedOperation[] {
    return this.blocks.flatMap(({ operations }) => operations)
  }
}
