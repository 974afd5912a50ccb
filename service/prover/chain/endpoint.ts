import { http } from 'viem'
import type { ChainIdentity } from './chain-reader.ts'
import { ChainUnavailableError, ChainWrongError, isPaceRefused } from './faults.ts'
import { createPace } from './pace.ts'

/** What tells one chain from another. */
export type Known = Pick<ChainIdentity, 'chainId' | 'genesis'>

export type Request = { method: string; params?: unknown }

/** One endpoint, asked for its chain before it is asked for anything else, and again from time to time. */
export type Endpoint = {
  /** Without path and password, which may be secret. */
  readonly name: string
  /** Why it does not answer; undefined while it does. */
  readonly fault: unknown
  /** Whether others are to be asked before it. */
  readonly isResting: boolean
  /** Makes sure that it serves a chain; the one that is found, where none is known. What it said a moment ago counts. */
  identify(expected: Known | undefined): Promise<Known>
  /** The same, and asks it in any case. */
  identifyAgain(expected: Known | undefined): Promise<Known>
  ask(request: Request): Promise<unknown>
  /** Leaves it alone for a while. */
  lose(fault: unknown): void
}

type Options = { readonly retryCount: number; readonly signal: AbortSignal; readonly timeout?: number | undefined }

const restMs = 30_000
const checkMs = 5_000

/** The endpoint at a URL. */
export function openEndpoint(url: string, { retryCount, signal, timeout = 10_000 }: Options): Endpoint {
  const { request } = http(url, { retryCount, timeout })({})
  const { origin: name } = new URL(url)
  const pace = createPace(signal)
  const send = (call: Request): Promise<unknown> => request(call as never)
  let checked: { readonly at: number; readonly known: Known } | undefined
  let [fault, restsUntil]: [unknown, number] = [undefined, 0]
  async function identifyAgain(expected: Known | undefined): Promise<Known> {
    const found = await readKnown(send)
    if (expected && !isSame(found, expected)) throw wrong(name, expected, found)
    checked = { at: performance.now(), known: found }
    return found
  }
  return {
    name,
    get fault() {
      return fault
    },
    get isResting() {
      return restsUntil > performance.now()
    },
    identify: async (expected) =>
      checked && performance.now() - checked.at < checkMs ? checked.known : await identifyAgain(expected),
    identifyAgain,
    async ask(call) {
      await pace.wait()
      const answer = await send(call)
      pace.raise()
      fault = undefined
      return answer
    },
    lose(reason) {
      if (isPaceRefused(reason)) pace.lower()
      ;[fault, restsUntil, checked] = [reason, performance.now() + restMs, undefined]
    },
  }
}

async function readKnown(send: Endpoint['ask']): Promise<Known> {
  const id = await send({ method: 'eth_chainId' })
  const block = (await send({ method: 'eth_getBlockByNumber', params: ['0x0', false] })) as Partial<Block> | null
  const isKnown = typeof id === 'string' && /^0x[0-9a-f]+$/i.test(id) && typeof block?.hash === 'string'
  if (!isKnown) throw new ChainUnavailableError('its endpoint does not say which it is.')
  return { chainId: BigInt(id), genesis: block.hash as Known['genesis'] }
}

type Block = { readonly hash: unknown }

const isSame = (one: Known, other: Known): boolean => one.chainId === other.chainId && one.genesis === other.genesis

const wrong = (name: string, expected: Known, found: Known): ChainWrongError =>
  new ChainWrongError(
    `${name}: expected chain ${expected.chainId} from ${expected.genesis}, found ${found.chainId} from ${found.genesis}.`,
    { hint: 'Correct PENNYPOST_RPC_URL; the data of another chain belong into another PENNYPOST_DATA_DIR.' },
  )
