import { PaymentError } from './decode-error.ts'

/** Throws where something costs more than was allowed. */
export function requireWithin(cost: bigint, most: bigint | undefined, what: string): void {
  if (most === undefined || cost <= most) return
  const message = `${what} cost ${cost} of the token's smallest units, more than ${most}.`
  throw new PaymentError('postage.price-too-high', message, { values: [cost, most] })
}
