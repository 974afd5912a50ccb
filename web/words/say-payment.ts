import type { Client, LetterPaymentState, OwnPayment, PaymentRate, Verdict } from '@pennypost/sdk'
import type { Standing } from '../money/paid-letter.ts'
import { sayAmount } from './say-quote.ts'

type Token = Pick<Client, 'decimals'>

/** Several things in one sentence. */
const join = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`

/** What was paid: its parts, without those that are nothing. */
export function sayRate({ base, bond, tip }: PaymentRate, token: Token): string {
  return join([
    `postage of ${sayAmount(base, token)}`,
    ...(tip > 0n ? [`a tip of ${sayAmount(tip, token)}`] : []),
    ...(bond > 0n ? [`a bond of ${sayAmount(bond, token)}`] : []),
  ])
}

/** What a verdict does, for the button that gives it. */
export function sayVerdict(verdict: Verdict, { bond, tip }: Pick<PaymentRate, 'bond' | 'tip'>, token: Token): string {
  const parts = [
    ...(tip > 0n ? [`you get ${sayAmount(tip, token)}`] : []),
    ...(bond > 0n ? [`the bond of ${sayAmount(bond, token)} ${verdict === 'fine' ? 'goes back' : 'is burned'}`] : []),
  ]
  return parts.length > 0 ? `Call it ${verdict}: ${join(parts)}` : `Call it ${verdict}`
}

/** What several verdicts do, for the button that gives them. */
export function sayVerdicts(
  given: readonly { readonly verdict: Verdict; readonly rate: PaymentRate }[],
  token: Token,
): string {
  const sum = (verdict?: Verdict) =>
    given.reduce(
      (all, one) => ({
        tip: all.tip + one.rate.tip,
        bond: all.bond + (one.verdict === verdict ? one.rate.bond : 0n),
      }),
      { tip: 0n, bond: 0n },
    )
  const [{ tip }, fine, spam] = [sum(), sum('fine').bond, sum('spam').bond]
  const parts = [
    ...(tip > 0n ? [`you get ${sayAmount(tip, token)}`] : []),
    ...(fine > 0n ? [`${sayAmount(fine, token)} of bonds go back`] : []),
    ...(spam > 0n ? [`${sayAmount(spam, token)} of bonds are burned`] : []),
  ]
  const count = given.length === 1 ? 'this verdict' : `these ${given.length} verdicts`
  return parts.length > 0 ? `Give ${count}: ${join(parts)}` : `Give ${count}`
}

/** How a letter stands that a stranger has paid for. */
export function sayStanding(standing: Standing, token: Token): string {
  switch (standing.kind) {
    case 'said':
      return `Its sender says that it has paid: ${sayRate(standing, token)}. The chain was not asked yet.`
    case 'unpaid':
      return 'Its sender says that it has paid, and the chain knows nothing of it.'
    case 'open':
      return `Paid: ${sayRate(standing, token)}. Your verdict counts until ${sayDay(standing.closesAt)}.`
    case 'settled':
      return `Paid: ${sayRate(standing, token)}. You called it ${standing.verdict}${sayOutcome(standing, token)}.`
    default:
      return `Paid: ${sayRate(standing, token)}. No verdict was given in time, so tip and bond are its sender’s again.`
  }
}

function sayOutcome({ verdict, bond, tip }: Standing & { readonly kind: 'settled' }, token: Token): string {
  const parts = [
    ...(tip > 0n ? [`you got ${sayAmount(tip, token)}`] : []),
    ...(bond > 0n ? [`the bond ${verdict === 'fine' ? 'went back' : 'was burned'}`] : []),
  ]
  return parts.length > 0 ? `: ${join(parts)}` : ''
}

/** What others have said of a sender's letters. */
export function sayRecord({ burnRatio: { fine, spam } }: Pick<LetterPaymentState, 'burnRatio'>): string {
  const all = fine + spam
  if (all === 0) return 'No letter of this sender has a verdict yet.'
  return `Of ${all === 1 ? 'one letter' : `${all} letters`} of this sender with a verdict, ${spam === 0 ? 'none was' : `${spam} ${spam === 1 ? 'was' : 'were'}`} called spam.`
}

/** What became of a payment that the person has made. */
export function sayOwnPayment(payment: OwnPayment, token: Token): string {
  const { bond, count, state } = payment
  const of = (number: number, what: string) => {
    if (number === 0) return []
    return [count === 1 ? what : `${number} of ${count} ${what}`]
  }
  const parts = [
    ...of(state.fine, `called fine${bond > 0n ? sayBonds(state) : ''}`),
    ...of(state.spam, `called spam${bond > 0n ? ': the bond was burned' : ''}`),
    ...of(state.open, sayOpen(payment, token)),
    ...(state.due > 0n ? [`${sayAmount(state.due, token)} wait for you`] : []),
  ]
  const text = parts.join('; ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function sayOpen({ bond, tip, state }: OwnPayment, token: Token): string {
  if (state.isRefunded) return 'without a verdict: bond and tip came back'
  if (state.isOver) return 'without a verdict: bond and tip are yours again'
  const back = BigInt(state.open) * (bond + tip)
  const text = `open until ${sayDay(state.closesAt)}`
  return back > 0n ? `${text}: without a verdict by then, ${sayAmount(back, token)} come back` : text
}

const sayBonds = ({ fine, returned }: OwnPayment['state']): string =>
  returned < fine ? ': the bond is yours again' : ': the bond came back'

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })

/** A day, of unix seconds. */
export const sayDay = (seconds: bigint | number): string => day.format(new Date(Number(seconds) * 1000))
