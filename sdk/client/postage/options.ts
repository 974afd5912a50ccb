import type { Path, StepOptions } from '../session/events.ts'
import type { PaymentRate } from './payment-means.ts'
import type { SendQuote } from './quote.ts'

/** How a sender wants a message to be delivered, and the most that it may take. */
export type PostageOptions = StepOptions & {
  /** Delivers at this quote, or refuses: the path that it named, and no more than its price, bond and work. */
  readonly quote?: SendQuote | undefined
  /** `visible` lets the node learn who writes to whom, as stock clients do. Nothing takes that way without being told to. */
  readonly path?: Path | undefined
  /** Who keeps the key of a first letter to an account that has published no keys, until the account comes for it; `sender` unless given. */
  readonly escrow?: EscrowChoice | undefined
  /** `none` uses no stamps, whatever else would do. */
  readonly postage?: 'auto' | 'none' | undefined
  /** The most that it may cost: what stamps for it have cost, and base and tip of a payment; the token's smallest unit. */
  readonly maxPrice?: bigint | undefined
  /**
   * Lets a payment be made on the chain, in the sender's name, where the recipient asks for one: `true` as much as is asked,
   * amounts for at least so much. Nothing is ever paid on the chain without this.
   */
  readonly payment?: boolean | Partial<PaymentRate> | undefined
  /** The most that a payment may leave as a bond, which comes back unless the recipient calls the letter spam. */
  readonly maxBond?: bigint | undefined
  /** The most seconds of work; 60 unless given. */
  readonly maxEffort?: number | undefined
}

/**
 * `sender`: the account's own clients, which must be online then, and alone could read the letter anyway. Or trustees, which are online
 * when the sender is not.
 */
export type EscrowChoice = 'sender' | OwnChoice | TrusteeChoice

/** As `sender`, for so long. */
export type OwnChoice = {
  readonly trustees?: undefined
  /** 1 to 365 days, to the last full hour: for so long the key can be got. */
  readonly days: number
}

/** Accounts that keep shares of a letter's key: each gets a deposit, by its own rule, before the letter leaves. */
export type TrusteeChoice = {
  /** One, which could read the letter; or 2 to 16 others. */
  readonly trustees: readonly string[]
  /** So many of them are enough to open the letter, and could read it together; more than half unless given. */
  readonly threshold?: number | undefined
  /** What must be so for them to hand out their shares, in the policy language: conditions of time alone, such as `after 2027-01-01`. */
  readonly condition?: string | undefined
  /** 1 to 365 days, to the last full hour: for so long the key can be got; 365 unless given, as long as nodes keep the letter. */
  readonly days?: number | undefined
}
