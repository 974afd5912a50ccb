import { decodeEscrow } from '../../codec/index.ts'
import { endOf, sentAs } from '../mailbox/sent-unattended.ts'
import type { Thread } from '../mailbox/thread.ts'
import type { Mailroom } from '../sending/mailroom.ts'
import type { Refusal } from '../session/refusal.ts'

type CallOptions = { readonly signal?: AbortSignal | undefined }

/**
 * What is kept of the key of an own letter to an account that had published no keys, by whom the letter says. Any client of the account can
 * change it, with nothing but its log.
 */
export type OwnEscrow = {
  /** Unix seconds, as far as this client knows; 0 where the letter was taken back. */
  readonly keptUntil: number
  /**
   * Takes the letter back, for good: the trustees delete their shares, and the account's own clients hand out nothing any more; those
   * that run elsewhere, once they have read the log. The letter itself stays at the node, and nobody can open it.
   *
   * It promises nothing about what was handed out before: who has the key goes on reading the letter. Nor can it show that a trustee has
   * heard it, or has deleted anything: one that lies keeps its share. After a refusal or an error, call it again.
   *
   * @example
   * ```ts
   * const taken = await conversation.escrow?.withdraw()
   * if (taken && !taken.ok) console.log(taken.code, taken.message)
   * ```
   */
  withdraw(options?: CallOptions): Promise<{ readonly ok: true } | Refusal>
  /**
   * Has the key kept until another time: so many days from now, to the last full hour, or a `Date`; within 365 days, later or earlier than
   * before. What was taken back or has ended is refused.
   *
   * It cannot make a node keep the letter itself any longer, which most do for 365 days, nor a trustee what it keeps for nobody: what is
   * beyond its own longest time it does not do. Where it signs that within a second or so, the answer is `trustee.refused` and says until when
   * it would: others have done it, so say another end. Of two clients that say it within one second, the later
   * end holds.
   *
   * @example
   * ```ts
   * const extended = await conversation.escrow?.extend(90)
   * if (extended?.ok) console.log(new Date(extended.keptUntil * 1000))
   * ```
   */
  extend(
    until: Date | number,
    options?: CallOptions,
  ): Promise<{ readonly ok: true; readonly keptUntil: number } | Refusal>
}

/** The escrow of a conversation's first letter; undefined where it needed none, or is another account's. */
export function ownEscrowOf(mailroom: Mailroom, thread: Thread): OwnEscrow | undefined {
  const { log } = mailroom.session
  const sent = sentAs(log, thread)
  if (!sent) return undefined
  const load = () => import('../sending/change-escrow.ts') // for the few who need it
  return {
    get keptUntil() {
      const { isWithdrawn, expiresAt } = endOf(log.all('end'), decodeEscrow(sent.escrow))
      return isWithdrawn ? 0 : Number(expiresAt)
    },
    withdraw: async ({ signal } = {}) => (await load()).withdraw(mailroom, sent, signal),
    extend: async (until, { signal } = {}) => (await load()).extend(mailroom, sent, until, signal),
  }
}
