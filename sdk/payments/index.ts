export {
  type BuyStampsOptions,
  buyStamps,
  type Purchase,
  type PurchaseProgress,
} from './buy-stamps.ts'
export { contractErrors, decodeError, type PaymentCode, PaymentError } from './decode-error.ts'
export type { PaymentChain, PaymentWallet } from './wallet.ts'
