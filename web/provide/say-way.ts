import type { Client } from '@pennypost/sdk'
import { sayTime } from '../words/say-progress.ts'
import { sayAmount } from '../words/say-quote.ts'
import type { Way } from './find-ways.ts'

/** Seconds until a purchase is on the chain and in the list that proofs are made with, and a proof is made; usually. */
const purchaseSeconds = 45
const proofSeconds = 10

/** What the button says that takes a way: what is paid is named with its token. */
export function sayPress({ toBuy, cost, quote }: Way, client: Client): string {
  if (toBuy > 0) return `Buy ${toBuy === 1 ? 'a stamp' : `${toBuy} stamps`} for ${sayAmount(cost, client)}, and deliver`
  if (quote.stamps > 0) return `Use ${quote.stamps === 1 ? 'one' : quote.stamps} of your stamps, and deliver`
  return quote.seconds > 0 ? 'Work for it, and deliver' : 'Deliver it'
}

/** What a way takes and shows, one line for each thing. */
export function sayWay(way: Way, client: Client): readonly (readonly [name: string, value: string])[] {
  return [
    ['Price', sayPrice(way, client)],
    ['Time', sayDuration(way)],
    ['Shown', sayShown(way)],
  ]
}

function sayPrice({ toBuy, cost, quote }: Way, client: Client): string {
  if (toBuy > 0) return `${sayAmount(cost, client)}, and the chain’s fee, from your wallet`
  if (quote.stamps > 0) return `nothing more: you have ${quote.held.stamps} of the stamps that it takes`
  return 'nothing'
}

function sayDuration({ toBuy, quote }: Way): string {
  const proof = quote.stamps > 0 ? proofSeconds : 0
  return `${sayTime(quote.seconds + proof + (toBuy > 0 ? purchaseSeconds : 0))}${quote.seconds > 0 ? ' of this device’s work, on average' : ''}`
}

function sayShown({ toBuy, quote }: Way): string {
  const node = quote.reveals
    ? `The node ${quote.reveals.node}. The recipient ${quote.reveals.recipient}.`
    : 'The node knows that you write to this account, as with every message of your app; it learns nothing else of you.'
  return toBuy > 0 ? `${node} The chain shows that your wallet bought stamps, and not for whom.` : node
}
