import { keccak256, numberToHex, pad } from 'viem'
import { type Database, openPglite } from '../../service/plugins/database/index.ts'
import { found } from '../../service/prover/facts/fact-refusal.ts'
import type { FactChain } from '../../service/prover/facts/index.ts'
import { type Facts, openFacts } from '../../service/prover/facts/index.ts'
import { createSqlStore, type FactStore, storeFacts } from '../../service/prover/store/index.ts'
import { issuerKey, networkId } from './facts.ts'

const hashOf = (number: bigint) => keccak256(pad(numberToHex(number)))
const day = 86_400

/** A chain in memory with a block a day up to now, whose accounts hold and have sent what a test says. */
export function createFakeFactChain(start: number, now: () => number, chainId = 1n) {
  const chain = {
    /** By account in lower case. */
    holdings: new Map<string, bigint>(),
    nonces: new Map<string, bigint>(),
    /** By account in lower case: the blocks of its transactions, oldest first, and where each went. An account here has the nonces of these. */
    sent: new Map<string, readonly (readonly [block: number, to: string])[]>(),
    /** How often something was asked. */
    asked: 0,
    /** Waited for before each answer. */
    gate: undefined as (() => Promise<void>) | undefined,
  }
  const ask = async <T>(value: T): Promise<T> => {
    chain.asked += 1
    await chain.gate?.()
    return value
  }
  const before = 100n
  const head = () => before + BigInt(Math.floor((now() - start) / day))
  const blockOf = (number: bigint) => ({ number, hash: hashOf(number), time: start - Number(before - number) * day })
  const sentBy = (of: string) => chain.sent.get(of.toLowerCase()) ?? []
  const nonceAt = (of: string, number: bigint): bigint =>
    chain.sent.has(of)
      ? BigInt(sentBy(of).filter(([block]) => BigInt(block) <= number).length)
      : (chain.nonces.get(of) ?? 0n)
  const reader: FactChain = {
    chainId,
    identify: async () => undefined,
    head: () => ask(blockOf(head())),
    block: (number) => ask(blockOf(number)),
    ancestor: (number) => ask(blockOf(number)),
    hasSigned: () => ask(false),
    call: (_, data) => ask(found(pad(numberToHex(chain.holdings.get(`0x${data.slice(34, 74)}`) ?? 0n)))),
    code: () => ask(found('0x01')),
    balance: (of) => ask(found(chain.holdings.get(of.toLowerCase()) ?? 0n)),
    nonce: (of, { number }) => ask(found(nonceAt(of.toLowerCase(), number))),
    logs: async () => ({ data: [], from: 0n }),
    receiversOf: (of, { number }) => {
      const made = sentBy(of).filter(([block]) => BigInt(block) === number)
      return ask(found(made.map(([, to]) => to)))
    },
  }
  return { ...chain, reader, get: () => chain }
}

type Opening = { readonly home?: bigint; readonly turnMs?: number; readonly signal?: AbortSignal }

/** An issuer on a store in memory, unless it is given another, on a clock that a test moves. */
export async function startIssuer(start: number, open: () => Promise<Database> = () => openPglite('prover')) {
  const database = await open()
  await createSqlStore(database)
  const time = { now: start }
  const chain = createFakeFactChain(start, () => time.now)
  const store = storeFacts(database)
  const faults: unknown[] = []
  /** One more issuer on the same store: after a restart, or with another store around it. */
  const openAgain = (
    changes: Partial<FactStore> = {},
    { home = 1n, turnMs, signal = new AbortController().signal }: Opening = {},
  ): Promise<Facts> =>
    openFacts({
      key: issuerKey,
      networkId,
      store: { ...store, ...changes },
      chains: new Map([[1n, chain.reader]]),
      home,
      clock: () => time.now,
      limits: 'on',
      turnMs,
      signal,
      onFault: (error) => faults.push(error),
    })
  return { database, chain: chain.get(), time, store, faults, open: openAgain, close: () => database.close() }
}
