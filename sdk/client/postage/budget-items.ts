import { toHex } from '../../crypto/index.ts'
import type { PaymentRate } from './payment-means.ts'

/** What stamps for one lane are in a budget: the same, however often they are shown. */
export const stampsItem = (use: Uint8Array): string => `stamps ${toHex(use)}`

/** What a payment for one lane is in a budget. */
export const paymentItem = (use: Uint8Array, { base, bond, tip }: PaymentRate): string =>
  `payment ${toHex(use)} ${base} ${bond} ${tip}`
