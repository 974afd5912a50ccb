import { decodeError, PaymentError } from './decode-error.ts'

/** What was sent, and of which nothing is known yet: no failure, and no reason to pay again. */
export function pending(message: string, options: { cause?: unknown; values?: readonly unknown[] } = {}): PaymentError {
  const hint = 'Call again with the same values: whatever was done is found, and not done twice.'
  return new PaymentError('payment.pending', message, { ...options, hint })
}

/** What a node says where the number of a transaction is taken, by this one or another. */
const numberTaken =
  /already known|known transaction|nonce too low|nonce is too low|already imported|replacement transaction|nonce.{0,40}(already|lower)/i

/** Whether a node refused a transaction because another has its number, or has it already. */
export const isNumberTaken = (error: unknown): boolean => numberTaken.test(textOf(error))

/** All that is said of an error, and of what caused it. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const { details = '' } = error as { details?: string }
  return `${error.message} ${details} ${textOf(error.cause)}`
}

/** Whether the chain was handed something and has not said whether it took it. */
export function mayHaveLeft(error: unknown): boolean {
  const decoded = decodeError(error)
  return decoded instanceof PaymentError && decoded.code === 'chain.unavailable'
}
