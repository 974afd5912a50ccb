export * from './client/index.ts'
export type { ConsentState } from './consent/index.ts'
export {
  type ContentCodec,
  type ContentTypeId,
  contentTypeId,
  type EncodedContent,
  textCodec,
  textType,
} from './content/index.ts'
export type { Address } from './crypto/index.ts'
export { BaseError } from './errors.ts'
export type {
  BurnRatio,
  ChainProgress,
  NoticeSent,
  NoticeState,
  PaymentCode,
  PaymentError,
  PaymentState,
  Purchase,
  PurchaseProgress,
  StakeMade,
  StakeState,
  Verdict,
} from './payments/index.ts'
export { NodeRefusedError, NodeUnavailableError, ProverUnavailableError } from './transport/index.ts'
