import type { LinkTransferred, NoticeSent, PaymentWallet } from '../../payments/index.ts'
import type { StepOptions } from '../session/events.ts'

/** Who tells it: the wallet of the client's chain unless given. Another wallet keeps the chain from tying the notice to the account. */
type Teller = { readonly walletClient?: PaymentWallet | undefined }

/** By the token of the contract of notices, which costs postage. */
export type TokenNotice = Teller & {
  readonly by: 'token'
  /** The most that it may cost, in the network's token's smallest unit. */
  readonly maxPrice?: bigint | undefined
}

/** By a transfer of next to nothing with a link in its data. */
export type TransferNotice = Teller & {
  readonly by: 'transfer'
  /** The most that value and gas may cost together, in wei. */
  readonly maxCost?: bigint | undefined
  /** What is transferred, in wei; 1 unless given. */
  readonly value?: bigint | undefined
}

/** How an account that has published no keys is told that mail waits. */
export type NoticeChoice = 'token' | 'transfer' | TokenNotice | TransferNotice

/** What telling it costs at most: in the token's smallest unit, for a transfer in wei. */
export type NoticeQuote = { readonly by: 'token' | 'transfer'; readonly cost: bigint }

/** What came of a notice that went with a letter, which is out in any case. */
export type NoticeOutcome =
  | ({ readonly ok: true } & NoticeQuote & Pick<NoticeSent, 'hash'>)
  | { readonly ok: false; readonly by: NoticeQuote['by']; readonly code: string; readonly message: string }

/** What tells accounts that mail waits. */
export type Notifier = {
  quote(address: string, options: StepOptions & (TokenNotice | TransferNotice)): Promise<NoticeQuote>
  send(address: string, options: StepOptions & (TokenNotice | TransferNotice)): Promise<NoticeSent | LinkTransferred>
}
