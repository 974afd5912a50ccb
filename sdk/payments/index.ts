export {
  type BuyStampsOptions,
  buyStamps,
  isPurchaseUnderWay,
  type Purchase,
  type PurchaseProgress,
} from './buy-stamps.ts'
export { contractErrors } from './contract-errors.ts'
export { decodeError, type PaymentCode, PaymentError } from './decode-error.ts'
export { type Finality, type FinalityOptions, finalityOf } from './finality.ts'
export {
  type NoticeMetadata,
  type NoticeSent,
  type NoticeState,
  type NotifyOptions,
  noticeOf,
  notify,
  quoteNotice,
} from './notify.ts'
export { costOf, type PaymentMade, type PaymentRate, type PayOptions, pay, termsOf } from './pay.ts'
export {
  buildPaymentTree,
  type PaymentRecipient,
  type PaymentTree,
  type PaymentTreeOptions,
  type RecipientOpening,
} from './payment-tree.ts'
export type { ChainProgress } from './progress.ts'
export {
  type BurnRatio,
  burnRatioOf,
  type FoundPayment,
  findPayments,
  isSettled,
  type PaymentState,
  type ReadOptions,
  readPayment,
  readVerdict,
} from './read-payment.ts'
export { type Refund, refund } from './refund.ts'
export {
  type Settled,
  type Settlement,
  type SettleOptions,
  type SignVerdictOptions,
  settle,
  settleMany,
  signVerdict,
} from './settle.ts'
export {
  exit,
  findStakedNotes,
  readClass,
  requestExit,
  type StakeClass,
  type StakeMade,
  type StakeOpening,
  type StakeOptions,
  type StakeState,
  stake,
  stakeOf,
} from './stake.ts'
export type { PaymentOpening, Verdict } from './terms.ts'
export { type LinkTransferred, quoteLink, type TransferLinkOptions, transferLink } from './transfer-link.ts'
export type { ActOptions, ActStorage, EventRange, PaymentChain, PaymentWallet } from './wallet.ts'
export { dueTo, withdraw } from './withdraw.ts'
