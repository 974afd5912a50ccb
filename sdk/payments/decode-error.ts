import {
  BaseError as ChainError,
  ContractFunctionRevertedError,
  HttpRequestError,
  InsufficientFundsError,
  TimeoutError,
  UserRejectedRequestError,
} from 'viem'
import { orAborted } from '../async.ts'
import { BaseError, type ErrorOptions } from '../errors.ts'
import { type ContractCode, contractErrors } from './contract-errors.ts'

/** Why something on the chain was not done. */
export type PaymentCode =
  | ContractCode
  | 'postage.price-too-high'
  | 'wallet.rejected'
  | 'wallet.gas-too-low'
  | 'chain.unavailable'
  | 'payment.reverted'
  | 'payment.failed'
  | 'payment.pending'
  | 'payment.replaced'
  | 'transfer.cost-too-high'
  | 'transfer.refused'

/** As Hardhat says it, which viem does not recognise. */
const noEther = /doesn't have enough funds/

/** What an error of viem means here; a contract's own error keeps its values. */
export function decodeError(error: unknown): unknown {
  if (!(error instanceof ChainError)) return error
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError)
  if (reverted instanceof ContractFunctionRevertedError) return decodeRevert(reverted, error)

  const is = (kind: new (...args: never[]) => Error) => error.walk((cause) => cause instanceof kind) !== null
  const options = { cause: error }
  if (is(UserRejectedRequestError)) return new PaymentError('wallet.rejected', 'The wallet refused to sign.', options)
  if (is(InsufficientFundsError) || noEther.test(error.details)) {
    return new PaymentError('wallet.gas-too-low', 'The account cannot pay for gas.', options)
  }
  if (is(HttpRequestError) || is(TimeoutError)) {
    const hint = 'Connections and stamps already held go on working.'
    return new PaymentError('chain.unavailable', 'The chain cannot be reached.', { ...options, hint })
  }
  return new PaymentError('payment.failed', error.shortMessage, options)
}

function decodeRevert({ data, reason, shortMessage }: ContractFunctionRevertedError, cause: unknown): PaymentError {
  const known = data && contractErrors[data.errorName]
  if (!known) return new PaymentError('payment.reverted', reason ?? shortMessage, { cause })
  const { code, message, hint, fields } = known
  const [first, ...rest] = data.args ?? []
  const values = fields ? [fields[Number(first)] ?? first, ...rest] : (data.args ?? [])
  return new PaymentError(code, message, { cause, hint, values })
}

/** Runs an act until its signal ends it; what viem throws comes out as {@link PaymentError}. */
export async function decoding<T>(act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    signal?.throwIfAborted()
    return await orAborted(act(), signal)
  } catch (error) {
    throw decodeError(error)
  }
}

/** Something on the chain that was not done. */
export class PaymentError extends BaseError {
  readonly code: PaymentCode
  /** The values that a contract's error carries, in its order. */
  readonly values: readonly unknown[]

  constructor(code: PaymentCode, message: string, options: ErrorOptions & { values?: readonly unknown[] } = {}) {
    super(message, options)
    this.code = code
    this.values = options.values ?? []
  }
}
