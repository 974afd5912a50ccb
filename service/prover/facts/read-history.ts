import { type Hex, numberToHex, type PublicClient } from 'viem'
import { ChainRangeError, createRange, faultOf, type TimedBlock } from '../chain/index.ts'
import { type FactRefusal, type Found, found, refuse } from './fact-refusal.ts'

/** Whose events, and which: those with these topics. */
export type LogFilter = { readonly address: Hex; readonly topics: readonly Hex[] }

/** What has happened on a chain: which of it counts, a state after a block must say. */
export type FactHistory = {
  /** The data of events, oldest first, in the longest range that ends with a block and is asked for at once. */
  logs(filter: LogFilter, to: bigint): Promise<{ readonly data: readonly Hex[]; readonly from: bigint }>
  /** Where an account's transactions in a block went, in lower case; of one that made a contract, nowhere. */
  receiversOf(sender: Hex, block: TimedBlock): Promise<Found<readonly string[]> | FactRefusal>
}

type Options = {
  readonly client: PublicClient
  readonly ask: <T>(task: () => Promise<T>) => Promise<T>
  /** The most blocks whose events are asked for at once. */
  readonly blockRange: bigint
}

/** Reads events and transactions through the endpoints of a chain. */
export function readHistory({ client, ask, blockRange }: Options): FactHistory {
  const range = createRange(blockRange)
  const request = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    try {
      return await ask(() => client.request({ method, params } as never))
    } catch (error) {
      throw faultOf(error)
    }
  }

  /** Half as many blocks where an endpoint refuses, until it answers, or refuses one. */
  async function logs(filter: LogFilter, to: bigint): Promise<{ data: readonly Hex[]; from: bigint }> {
    const from = to >= range.now ? to - range.now + 1n : 0n
    try {
      const blocks = { fromBlock: numberToHex(from), toBlock: numberToHex(to) }
      const data = dataIn(await request('eth_getLogs', [{ ...filter, ...blocks }]))
      range.raise()
      return { data, from }
    } catch (error) {
      if (!(error instanceof ChainRangeError) || range.now === 1n) throw error
      range.lower()
      return await logs(filter, to)
    }
  }

  return {
    logs,
    async receiversOf(sender, { hash }) {
      const block = await request('eth_getBlockByHash', [hash, true])
      if (block !== null) return found(receiversIn(block, sender.toLowerCase()))
      return refuse('fact.block-unavailable', 'The endpoints of the chain have not all of its blocks.')
    },
  }
}

function dataIn(logs: unknown): readonly Hex[] {
  if (!Array.isArray(logs)) throw faultOf(new Error('Expected events.'))
  return logs.map(fieldsOf).flatMap(({ data }) => (typeof data === 'string' ? [data as Hex] : []))
}

function receiversIn(block: unknown, sender: string): readonly string[] {
  const { transactions } = fieldsOf(block)
  if (!Array.isArray(transactions)) throw faultOf(new Error('Expected a block with its transactions.'))
  const sent = transactions.map(fieldsOf).filter(({ from }) => String(from).toLowerCase() === sender)
  return sent.flatMap(({ to }) => (typeof to === 'string' ? [to.toLowerCase()] : []))
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}
