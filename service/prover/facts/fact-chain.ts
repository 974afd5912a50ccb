import { createQueue, orAborted } from '@pennypost/sdk/async'
import { createPublicClient, type Hex, numberToHex, type PublicClient } from 'viem'
import {
  ChainWrongError,
  type Confirmations,
  type Endpoints,
  faultOf,
  isReverted,
  isStateless,
  readBlock,
  readHead,
  type TimedBlock,
} from '../chain/index.ts'
import { type FactRefusal, type Found, found, refuse } from './fact-refusal.ts'
import { type FactHistory, readHistory } from './read-history.ts'
import { type Signed, verifySignature } from './verify-signature.ts'

/** Something that a contract answers, by the state after a block: nothing where it refuses. */
type Called = Found<Hex | 'refused'> | FactRefusal

/** What facts are read from: one chain, each value by the state after one block that is named by its hash. */
export type FactChain = FactHistory & {
  readonly chainId: bigint
  /** Makes sure that it is the chain, and not another one. Throws {@link ChainWrongError} where it is. */
  identify(): Promise<void>
  /** The newest block that counts; undefined while there is none. Whoever has said so is asked for its chain before and after. */
  head(): Promise<TimedBlock | undefined>
  block(number: bigint): Promise<TimedBlock | undefined>
  /** A block below another one; what was read once is remembered. */
  ancestor(number: bigint, of: TimedBlock): Promise<TimedBlock | undefined>
  /** Whether an account that may be a contract, deployed (ERC-1271) or not yet (ERC-6492), says that it has signed. */
  hasSigned(signed: Signed): Promise<boolean>
  call(to: Hex, data: Hex, block: TimedBlock): Promise<Called>
  code(of: Hex, block: TimedBlock): Promise<Found<Hex> | FactRefusal>
  balance(of: Hex, block: TimedBlock): Promise<Found<bigint> | FactRefusal>
  nonce(of: Hex, block: TimedBlock): Promise<Found<bigint> | FactRefusal>
}

type Options = {
  readonly chainId: bigint
  readonly endpoints: Pick<Endpoints, 'transport' | 'begin' | 'confirm' | 'check'>
  readonly confirmations: Confirmations
  /** The most blocks whose events are asked for at once. */
  readonly blockRange: bigint
  /** Ends all waiting. */
  readonly signal: AbortSignal
}

/** What a token may use to answer: it keeps no endpoint busy. */
const gas = numberToHex(1_000_000)
/** So many blocks are remembered: some thirty are looked at for one age, most of them for every age. */
const mostBlocks = 4_096

/** Reads facts of the chain behind some endpoints, once they have said that they are of that chain. */
export function createFactChain({ chainId, endpoints, confirmations, blockRange, signal }: Options): FactChain {
  const { transport } = endpoints
  const client = createPublicClient({ transport, cacheTime: 0 })
  const blocks = new Map<string, TimedBlock>()
  const inTurn = createQueue()
  const identify = createIdentify({ chainId, endpoints, client })

  const ask = <T>(task: () => Promise<T>): Promise<T> => orAborted(identify().then(task), signal)

  /** Everything else is read by the hash of this block, which no other chain has. */
  async function readConfirmedHead(): Promise<TimedBlock | undefined> {
    endpoints.begin()
    const head = await readHead(client, confirmations)
    await endpoints.confirm()
    return head
  }

  const read = (method: string, params: readonly unknown[], { hash }: TimedBlock): Promise<unknown> =>
    ask(() => client.request({ method, params: [...params, { blockHash: hash, requireCanonical: true }] } as never))

  const readNumber = (number: bigint) => ask(() => readBlock(client, { blockNumber: number })).catch(fail)

  return {
    chainId,
    identify: () => orAborted(identify(), signal).catch(fail),
    head: () => inTurn(() => ask(readConfirmedHead), signal).catch(fail),
    block: readNumber,
    async ancestor(number, { hash }) {
      const name = `${hash} ${number}`
      const block = blocks.get(name) ?? (await readNumber(number))
      if (block) blocks.set(name, block)
      if (blocks.size > mostBlocks) blocks.delete([...blocks.keys()][0] ?? '')
      return block
    },
    hasSigned: (signed) => ask(() => verifySignature(transport, signed)).catch(fail),
    async call(to, data, block) {
      try {
        return found((await read('eth_call', [{ to, data, gas }], block)) as Hex)
      } catch (error) {
        return isReverted(error) ? found('refused') : stateless(error)
      }
    },
    code: (of, block) => read('eth_getCode', [of], block).then((code) => found(code as Hex), stateless),
    balance: (of, block) => read('eth_getBalance', [of], block).then(numberOf, stateless),
    ...readHistory({ client, ask, blockRange }),
    nonce: (of, block) => read('eth_getTransactionCount', [of], block).then(numberOf, stateless),
  }
}

/** Asks for the chain until it has been the right one. */
function createIdentify({
  chainId,
  endpoints,
  client,
}: Pick<Options, 'chainId' | 'endpoints'> & { client: PublicClient }) {
  let isKnown = false
  return async (): Promise<void> => {
    if (isKnown) return
    const other = BigInt(await client.getChainId())
    isKnown = other === chainId
    if (isKnown) return
    await endpoints.check(undefined).catch(() => undefined) // what they said first is not what counts
    throw new ChainWrongError(`Facts of chain ${chainId} are asked of an endpoint of chain ${other}.`, {
      hint: 'Correct PENNYPOST_FACT_RPC_URL.',
    })
  }
}

function fail(error: unknown): never {
  throw faultOf(error)
}

function stateless(error: unknown): FactRefusal {
  if (!isStateless(error)) throw faultOf(error)
  return refuse(
    'fact.block-unavailable',
    'No endpoint of the chain has its state after the block that facts are judged by.',
  )
}

function numberOf(answer: unknown): Found<bigint> {
  if (typeof answer === 'string' && /^0x[0-9a-f]{1,64}$/i.test(answer)) return found(BigInt(answer))
  throw faultOf(new Error('Expected a number.'))
}
