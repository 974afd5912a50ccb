import { custom, type Transport } from 'viem'
import { type Endpoint, type Known, openEndpoint, type Request } from './endpoint.ts'
import { ChainWrongError, faultOf, isOfEndpoint } from './faults.ts'

/** Hears of an endpoint that is lost, with the reason, and of one that is back. */
export type EndpointListener = (name: string, fault: unknown) => void

/** A chain's endpoints, of which the first that answers for the right chain is asked. */
export type Endpoints = {
  readonly transport: Transport
  /** Of each, without what may be secret. */
  readonly names: readonly string[]
  /** Asks each for its chain; one that serves another than the others, or than was known, is refused by name. */
  check(known: Known | undefined): Promise<void>
  /** From here on it counts who answers. */
  begin(): void
  /** Asks all that have answered since for their chain again: one that has turned to another spoils what was read. */
  confirm(): Promise<void>
  /** Leaves alone for a while whoever answered last, where there is another: what it says does not fit together. */
  doubt(fault: unknown): void
  /** Who is told from now on, and of what is lost already. */
  listen(listener: EndpointListener): void
}

type Options = {
  /** URLs between commas, the preferred one first. */
  readonly rpcUrl: string
  /** Ends all waiting. */
  readonly signal: AbortSignal
  /** Milliseconds that one is waited for. */
  readonly timeout?: number | undefined
}

/** Endpoints of one chain: where one fails, is too slow or turns to another chain, the next one is asked. */
export function createEndpoints({ rpcUrl, signal, timeout }: Options): Endpoints {
  const urls = rpcUrl.split(',').map((url) => url.trim())
  const retryCount = urls.length > 1 ? 0 : 1
  const endpoints = urls.map((url) => openEndpoint(url, { retryCount, signal, timeout }))
  let expected: Known | undefined
  let tell: EndpointListener = () => undefined
  const round = createRound(lose)

  async function ask(endpoint: Endpoint, request: Request): Promise<unknown> {
    const wasLost = endpoint.fault !== undefined
    try {
      expected = await endpoint.identify(expected)
      const answer = await endpoint.ask(request)
      round.note(endpoint)
      if (wasLost) tell(endpoint.name, undefined)
      return answer
    } catch (error) {
      if (isOfEndpoint(error)) lose(endpoint, error)
      throw error
    }
  }

  function lose(endpoint: Endpoint, fault: unknown): void {
    if (!endpoint.fault && !signal.aborted) tell(endpoint.name, fault)
    endpoint.lose(fault)
  }

  const isHopeless = (error: unknown): boolean => !isOfEndpoint(error) || signal.aborted
  const request = (call: Request) => firstOf(restedFirst(endpoints), (endpoint) => ask(endpoint, call), isHopeless)

  return {
    names: endpoints.map(({ name }) => name),
    transport: custom({ request }, { retryCount: 0 }),
    async check(known) {
      expected = known
      for (const endpoint of endpoints) {
        try {
          expected = await endpoint.identify(expected)
        } catch (error) {
          if (error instanceof ChainWrongError) throw error
          endpoint.lose(error)
        }
      }
    },
    begin: round.begin,
    confirm: () => round.confirm(expected),
    doubt(fault) {
      const last = round.last()
      if (last && endpoints.length > 1) lose(last, fault)
    },
    listen(listener) {
      tell = listener
      for (const { name, fault } of endpoints) if (fault) tell(name, fault)
    },
  }
}

function restedFirst(endpoints: readonly Endpoint[]): Endpoint[] {
  const resting = endpoints.filter(({ isResting }) => isResting)
  return [...endpoints.filter((one) => !resting.includes(one)), ...resting]
}

/** What the first endpoint answers that can; whether another is tried after a failure depends on it. */
async function firstOf(
  endpoints: readonly Endpoint[],
  ask: (endpoint: Endpoint) => Promise<unknown>,
  isHopeless: (error: unknown) => boolean,
): Promise<unknown> {
  let failure: unknown
  for (const endpoint of endpoints) {
    try {
      return await ask(endpoint)
    } catch (error) {
      failure = error
      if (isHopeless(error)) break
    }
  }
  throw failure
}

/** Who has answered since a round began. */
function createRound(lose: (endpoint: Endpoint, fault: unknown) => void) {
  const heard = new Set<Endpoint>()
  return {
    begin: () => heard.clear(),
    last: () => [...heard].at(-1),
    note(endpoint: Endpoint): void {
      heard.delete(endpoint)
      heard.add(endpoint)
    },
    async confirm(expected: Known | undefined): Promise<void> {
      for (const endpoint of heard) {
        await endpoint.identifyAgain(expected).catch((error) => {
          lose(endpoint, error)
          throw faultOf(error)
        })
      }
    },
  }
}
