import { BaseError } from '../../errors.ts'

/** A verdict on a letter that nothing was paid for. */
export class PaymentMissingError extends BaseError {
  override readonly code = 'payment.missing'
}
