import { BaseError } from '@pennypost/sdk/verifier'
import { BaseError as ClientError, HttpRequestError, LimitExceededRpcError, RpcRequestError, TimeoutError } from 'viem'

/** The chain's endpoint cannot be reached, refuses, or has not the contracts that it should. */
export class ChainUnavailableError extends BaseError {
  readonly code = 'chain.unavailable'

  constructor(reason: string, options?: ConstructorParameters<typeof BaseError>[1]) {
    super(`The chain cannot be reached: ${reason}`, options)
  }
}

/** The endpoint serves another chain than the one that was signed for so far. */
export class ChainWrongError extends BaseError {
  readonly code = 'chain.wrong'
}

/** The endpoint does not answer for so many blocks at once. */
export class ChainRangeError extends BaseError {
  readonly code = 'chain.range'
}

/** An endpoint's own words, without the request that they answer, which says much the same. */
function wordsOf(error: unknown): string {
  const words: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) {
    words.push('details' in at && typeof at.details === 'string' ? at.details : at.message)
  }
  return words.join(' ')
}

const tooMuch =
  /block range|range (is )?(too|limit|exceed)|ranges? over|limited to a [\d,]+ range|more than [\d,]+ (results|logs)|max results|too many (results|logs)|response size|query timeout/i

/** Whether an endpoint wants fewer blocks at once, in the words of any provider. */
export const isRangeRefused = (error: unknown): boolean => tooMuch.test(wordsOf(error))

const tooFast = /rate.?limit|too many requests|compute units|request count|capacity|throughput/i

/** Whether an endpoint wants fewer requests. */
export function isPaceRefused(error: unknown): boolean {
  const has = (test: (cause: unknown) => boolean) => error instanceof ClientError && error.walk(test) !== null
  if (has((cause) => cause instanceof HttpRequestError && cause.status === 429)) return true
  return has((cause) => cause instanceof LimitExceededRpcError || tooFast.test(wordsOf(cause)))
}

const stateless =
  /header not found|unknown block|block (\S+ )?not found|missing trie node|not currently canonical|pruned|historical state|state (is )?(not available|unavailable)|invalid block (tag|hash)/i

/** Whether an endpoint has not the block, or not the state of the chain after it. */
export const isStateless = (error: unknown): boolean => !isReverted(error) && stateless.test(wordsOf(error))

const refusal =
  /^(execution reverted|vm exception|transaction (reverted|ran out of gas)|out of gas|invalid (opcode|jump)|stack (under|over)flow)/i

/** Whether the code that was called has refused, in the words of any endpoint. What follows them is the contract's to choose. */
export function isReverted(error: unknown): boolean {
  const isRefusal = (cause: unknown): boolean =>
    cause instanceof RpcRequestError && (cause.code === 3 || refusal.test(cause.details))
  return error instanceof ClientError && error.walk(isRefusal) !== null
}

/** What the chain refuses an account that sends. */
const ofChain = /revert|funds|balance|nonce|already known|underpriced|gas|opcode/i

/** Whether another endpoint may do better, whatever keeps this one from it; what a contract or the chain refuses, all refuse. */
export function isOfEndpoint(error: unknown): boolean {
  if (error instanceof ChainWrongError || error instanceof ChainUnavailableError) return true
  if (!(error instanceof ClientError) || isReverted(error) || isRangeRefused(error)) return false
  const isSilent = error.walk((cause) => cause instanceof HttpRequestError || cause instanceof TimeoutError) !== null
  const isRefused = error.walk((cause) => cause instanceof RpcRequestError) !== null
  return isSilent || isPaceRefused(error) || isStateless(error) || (isRefused && !ofChain.test(wordsOf(error)))
}

/** What any failure of the chain means: one error with a code. */
export function faultOf(cause: unknown): BaseError {
  if (cause instanceof BaseError) return cause
  const wrong = cause instanceof ClientError && cause.walk((one) => one instanceof ChainWrongError)
  if (wrong instanceof ChainWrongError) return wrong
  if (isRangeRefused(cause)) return new ChainRangeError('The endpoint refuses so many blocks at once.', { cause })
  const [reason] = cause instanceof Error ? cause.message.split('\n') : ['']
  const hint = 'Check PENNYPOST_RPC_URL and the addresses.'
  return new ChainUnavailableError(reason || 'its endpoint gives no reason.', { cause, hint })
}
