import type { Address } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import type {
  NoticeChoice,
  NoticeOutcome,
  NoticeQuote,
  Notifier,
  TokenNotice,
  TransferNotice,
} from '../postage/notice.ts'
import { outdated } from '../postage/outdated.ts'
import type { SendQuote } from '../postage/quote.ts'
import type { StepOptions } from '../session/events.ts'
import { type Refusal, refuse } from '../session/refusal.ts'

/** How an account is told, and the most that it may cost. */
export type DueNotice = TokenNotice | TransferNotice

/** To whom a letter goes, and what tells of it. */
export type Telling = { readonly notices: Notifier; readonly recipient: Address }

type Asked = StepOptions & { readonly quote?: SendQuote | undefined }

const choiceOf = (choice: NoticeChoice): DueNotice => (typeof choice === 'string' ? { by: choice } : choice)

/** What a notice beside a letter would cost; throws what would keep it from being sent. */
export const noticeQuoteOf = (
  { notices, recipient }: Telling,
  choice: NoticeChoice,
  step: StepOptions,
): Promise<NoticeQuote> => notices.quote(recipient, { ...choiceOf(choice), signal: step.signal })

/**
 * Looks, before a letter leaves, whether its notice could: what it costs then binds it, unless the caller allows more. Throws what
 * would keep it from being sent.
 */
export async function agreeToNotice(
  telling: Telling,
  choice: NoticeChoice,
  { quote, signal }: Asked,
): Promise<DueNotice | Refusal> {
  const notice = choiceOf(choice)
  if (quote && quote.notice?.by !== notice.by) return outdated()
  const own = notice.by === 'token' ? notice.maxPrice : notice.maxCost
  const most = own !== undefined && (quote?.notice === undefined || own < quote.notice.cost) ? own : quote?.notice?.cost
  const { cost } = await noticeQuoteOf(telling, within(notice, most), { signal })
  return within(notice, most ?? cost)
}

const within = (notice: DueNotice, most: bigint | undefined): DueNotice =>
  notice.by === 'token' ? { ...notice, maxPrice: most } : { ...notice, maxCost: most }

/** Tells of a letter that is out. Nothing that happens here is a failure of the letter. */
export async function giveNotice(
  { notices, recipient }: Telling,
  due: DueNotice,
  step: StepOptions,
): Promise<NoticeOutcome> {
  const { by } = due
  try {
    const { cost, hash } = await notices.send(recipient, { ...due, ...step })
    return { ok: true, by, cost, hash }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (error instanceof BaseError) return { ok: false, by, code: error.code, message }
    if (step.signal?.aborted) return { ok: false, by, code: 'notice.stopped', message }
    return { ok: false, by, code: 'payment.failed', message }
  }
}

/** For any message but a first letter to an account without keys. */
export const refuseNotice = (): Refusal =>
  refuse(
    'notice.not-for-this',
    'A notice goes with a first letter to an account without keys. Send without one, or tell the account by `notices.send`.',
  )
