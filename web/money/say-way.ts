import type { Client } from '@pennypost/sdk'
import { sayTime } from '../words/say-progress.ts'
import { sayAmount, sayNode } from '../words/say-quote.ts'
import type { Way } from './find-ways.ts'

type Token = Pick<Client, 'decimals'>

/** Seconds until a purchase or a payment is on the chain and in the list that proofs are made with, and a proof is made; usually. */
const chainSeconds = 45
const proofSeconds = 10

/** What the button says that takes a way: what is paid is named with its token. `end` is what comes of it. */
export function sayPress(way: Way, end: string, token: Token): string {
  const { stamps, seconds } = way.quote
  const acts = [
    ...payments(way, token),
    ...(way.toBuy === 0 && stamps > 0 ? [`use ${stamps === 1 ? 'one' : stamps} of your stamps`] : []),
    ...(seconds > 0 ? ['work for it'] : []),
  ]
  const text = acts.length > 0 ? `${acts.join(', ')}, and ${end}` : end
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function payments({ toBuy, cost, toPay: payment }: Way, token: Token): string[] {
  const bought = toBuy === 1 ? 'a stamp' : `${toBuy} stamps`
  return [
    ...(toBuy > 0 ? [`buy ${bought} for ${sayAmount(cost, token)}`] : []),
    ...(payment ? [`pay ${sayAmount(payment.base + payment.tip, token)}`] : []),
    ...(payment && payment.bond > 0n ? [`leave a bond of ${sayAmount(payment.bond, token)}`] : []),
  ]
}

/** Whether taking a way spends money now. */
export const isPaidNow = ({ toBuy, toPay }: Way): boolean => toBuy > 0 || toPay !== undefined

/** What a way takes and shows, one line for each thing. */
export function sayWay(way: Way, token: Token): readonly (readonly [name: string, value: string])[] {
  const { payment } = way.quote
  return [
    ['Price', sayPrice(way, token)],
    ...(payment && payment.bond > 0n
      ? ([['Bond', `${sayAmount(payment.bond, token)}, which come back unless it is called spam`]] as const)
      : []),
    ['Time', sayDuration(way)],
    ['Shown', sayShown(way)],
  ]
}

function sayPrice({ toBuy, cost, toPay, quote }: Way, token: Token): string {
  const { stamps, held, spent } = quote
  const now = cost + (toPay ? toPay.base + toPay.tip : 0n)
  const before = spent.price > 0n ? `; ${sayAmount(spent.price, token)} were spent on earlier tries` : ''
  if (now > 0n) return `${sayAmount(now, token)}, and the chain’s fee, from your wallet${before}`
  if (toBuy === 0 && stamps > 0) {
    return `${sayAmount(quote.price, token)}, as ${stamps} of your ${held.stamps ?? stamps} stamps${before}`
  }
  return `nothing${before}`
}

function sayDuration(way: Way): string {
  const { stamps, seconds } = way.quote
  const whole = seconds + (stamps > 0 ? proofSeconds : 0) + (isPaidNow(way) ? chainSeconds : 0)
  return `${sayTime(whole)}${seconds > 0 ? ' of this device’s work, on average' : ''}`
}

function sayShown({ toBuy, quote }: Way): string {
  const paid = quote.payment ? ' The chain shows that your wallet paid, and the reader and the node what for.' : ''
  const bought = toBuy > 0 ? ' The chain shows that your wallet bought stamps, and not for whom.' : ''
  return `${sayNode(quote)}${paid}${bought}`
}
