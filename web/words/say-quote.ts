import type { Client, PaymentRate, SendQuote } from '@pennypost/sdk'
import { formatAmount } from '@pennypost/sdk/policy'
import { sayTime } from './say-progress.ts'

type Token = Pick<Client, 'decimals'>

/** An amount of the network's token. */
export const sayAmount = (amount: bigint, token: Token): string => {
  const text = formatAmount(amount, token)
  return `${text} ${text === '1' ? 'token' : 'tokens'}`
}

/** What a letter takes, one line for each thing: its name, and what there is to say. */
export function sayQuote(quote: SendQuote, token: Token): readonly (readonly [name: string, value: string])[] {
  const { explanation, price, bond, seconds, stamps, path, reveals, spent } = quote
  const paid = spent.price > 0n ? `; ${sayAmount(spent.price, token)} were spent on earlier tries` : ''
  return [
    ['How', explanation],
    [
      'Price',
      `${price === 0n ? 'nothing' : sayAmount(price, token)}${stamps > 0 ? `, as ${stamps} of your stamps` : ''}${paid}`,
    ],
    ...(bond > 0n ? ([['Bond', `${sayAmount(bond, token)}, which come back unless it is called spam`]] as const) : []),
    ...(seconds > 0 ? ([['Work', `${sayTime(seconds)} of this device’s time`]] as const) : []),
    [
      'The node',
      path === 'sealed' ? 'does not learn who writes' : 'learns that you write to this account, as with stock apps',
    ],
    ...(reveals ? ([['Facts', `The node ${reveals.node}. The recipient ${reveals.recipient}.`]] as const) : []),
  ]
}

/** What a letter says was paid for it. */
export const sayPayment = ({ base, bond, tip }: PaymentRate, token: Token): string =>
  `It says that ${sayAmount(base, token)} of postage were paid for it, a tip of ${sayAmount(tip, token)}, and ${sayAmount(bond, token)} left as a bond.`
