import {
  BaseError as ChainError,
  ContractFunctionRevertedError,
  HttpRequestError,
  InsufficientFundsError,
  TimeoutError,
  UserRejectedRequestError,
} from 'viem'
import { BaseError, type ErrorOptions } from '../errors.ts'

/** Why a payment was not made. */
export type PaymentCode =
  | 'postage.paused'
  | 'postage.class-unknown'
  | 'postage.class-closed'
  | 'postage.class-out-of-range'
  | 'postage.count-out-of-range'
  | 'postage.not-destroyed'
  | 'postage.price-too-high'
  | 'token.failed'
  | 'token.allowance-too-low'
  | 'token.balance-too-low'
  | 'token.account-invalid'
  | 'token.permit-expired'
  | 'token.permit-invalid'
  | 'note-tree.not-inserter'
  | 'note-tree.inserter-known'
  | 'note-tree.kind-unknown'
  | 'note-tree.commitment-out-of-range'
  | 'note-tree.limit-out-of-range'
  | 'note-tree.expiry-out-of-range'
  | 'note-tree.full'
  | 'note-tree.leaf-not-held'
  | 'note-tree.log-shorter'
  | 'wallet.rejected'
  | 'wallet.gas-too-low'
  | 'chain.unavailable'
  | 'payment.reverted'
  | 'payment.failed'

type Meaning = { readonly code: PaymentCode; readonly message: string; readonly hint?: string }

/** Each error of the contracts: its code and what it means to whoever pays. */
export const contractErrors: Readonly<Record<string, Meaning>> = {
  EnforcedPause: {
    code: 'postage.paused',
    message: 'The sale of stamps is paused.',
    hint: 'Stamps held go on working.',
  },
  PostageClassUnknown: { code: 'postage.class-unknown', message: 'There is no such class of stamps.' },
  PostageClassClosed: { code: 'postage.class-closed', message: 'This class of stamps is not sold any more.' },
  PostageClassOutOfRange: { code: 'postage.class-out-of-range', message: 'The terms of a class are out of range.' },
  PostageCountOutOfRange: { code: 'postage.count-out-of-range', message: 'A note holds 1 to 256 stamps.' },
  PostageNotDestroyed: { code: 'postage.not-destroyed', message: 'The token did not destroy what the stamps cost.' },
  SafeERC20FailedOperation: { code: 'token.failed', message: 'The token refused to move.' },
  ERC20InsufficientAllowance: { code: 'token.allowance-too-low', message: 'The sale may not take that many tokens.' },
  ERC20InsufficientBalance: { code: 'token.balance-too-low', message: 'The account has not that many tokens.' },
  ERC20InvalidApprover: { code: 'token.account-invalid', message: 'The token does not know the owner.' },
  ERC20InvalidReceiver: { code: 'token.account-invalid', message: 'The token does not know the receiver.' },
  ERC20InvalidSender: { code: 'token.account-invalid', message: 'The token does not know the sender.' },
  ERC20InvalidSpender: { code: 'token.account-invalid', message: 'The token does not know the spender.' },
  ERC2612ExpiredSignature: { code: 'token.permit-expired', message: 'The permit has expired.' },
  ERC2612InvalidSigner: { code: 'token.permit-invalid', message: 'The permit is not signed by the owner.' },
  InvalidAccountNonce: { code: 'token.permit-invalid', message: 'The permit was used before.' },
  ECDSAInvalidSignature: { code: 'token.permit-invalid', message: "The permit's signature is none." },
  ECDSAInvalidSignatureLength: { code: 'token.permit-invalid', message: "The permit's signature is none." },
  ECDSAInvalidSignatureS: { code: 'token.permit-invalid', message: "The permit's signature is none." },
  NoteTreeNotInserter: { code: 'note-tree.not-inserter', message: 'This contract may not add notes to the tree.' },
  NoteTreeInserterKnown: { code: 'note-tree.inserter-known', message: 'This contract may add notes already.' },
  NoteTreeKindUnknown: { code: 'note-tree.kind-unknown', message: 'There is no such kind of note.' },
  NoteTreeCommitmentOutOfRange: {
    code: 'note-tree.commitment-out-of-range',
    message: 'The commitment is not a field element.',
  },
  NoteTreeLimitOutOfRange: { code: 'note-tree.limit-out-of-range', message: 'A note gives 1 to 256 tickets.' },
  NoteTreeExpiryOutOfRange: { code: 'note-tree.expiry-out-of-range', message: 'The note would live too long.' },
  NoteTreeFull: { code: 'note-tree.full', message: 'All leaves of the note tree are taken.' },
  NoteTreeLeafNotHeld: { code: 'note-tree.leaf-not-held', message: "This leaf is not the caller's to zero." },
  NoteTreeLogShorter: { code: 'note-tree.log-shorter', message: 'The note log is not that long.' },
}

/** What an error of viem means here; a contract's own error keeps its values. */
export function decodeError(error: unknown): unknown {
  if (!(error instanceof ChainError)) return error
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError)
  if (reverted instanceof ContractFunctionRevertedError) return decodeRevert(reverted, error)

  const is = (kind: new (...args: never[]) => Error) => error.walk((cause) => cause instanceof kind) !== null
  const options = { cause: error }
  if (is(UserRejectedRequestError)) return new PaymentError('wallet.rejected', 'The wallet refused to sign.', options)
  if (is(InsufficientFundsError)) {
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
  const { code, message, hint } = known
  return new PaymentError(code, message, { cause, ...(hint && { hint }), values: data.args ?? [] })
}

/** A payment that was not made. */
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
