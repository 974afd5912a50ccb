export {
  type BuyStampsOptions,
  buyStamps,
  type Purchase,
  type PurchaseProgress,
} from './buy-stamps.ts'
export { contractErrors } from './contract-errors.ts'
export { decodeError, type PaymentCode, PaymentError } from './decode-error.ts'
export type { ChainProgress } from './progress.ts'
export type { ActOptions, PaymentChain, PaymentWallet } from './wallet.ts'
