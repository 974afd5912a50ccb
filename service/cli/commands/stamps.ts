import type { Command } from '../command.ts'
import { amountOf, decimal, numberOf, tokens } from '../given.ts'
import { isoOf, showTime } from '../print.ts'

/** Buys stamps. */
const buy: Command = {
  name: 'stamps buy',
  about:
    'Buys a book of stamps. What an earlier run has begun to buy and not heard the end of is continued, not bought again.',
  parameters: ['COUNT'],
  options: { 'max-price': { value: 'AMOUNT', about: 'The most that all of them may cost, in tokens.' } },
  example: 'pennypost stamps buy 8 --max-price 10',
  async run(call) {
    const count = numberOf(call.args[0] ?? '', 'COUNT', [1, 256])
    const client = await call.client()
    const maxPrice = amountOf(call, 'max-price', client)
    const bought = await client.stamps.buy({ count, signal: call.signal, ...(maxPrice !== undefined && { maxPrice }) })
    const { limit, cost, expiry, hash, isUsable } = bought
    const json = { stamps: Number(limit), price: decimal(cost, client), expiresAt: isoOf(expiry), hash, isUsable }
    const until = showTime(new Date(Number(expiry) * 1000))
    const when = isUsable ? '' : ' They can be used once a checkpoint names them.'
    return { json, text: `Bought ${limit} stamps for ${tokens(cost, client)}, good until ${until}.${when}` }
  },
}

/** Says how many stamps are left. */
const balance: Command = {
  name: 'stamps balance',
  about: 'Says how many stamps are left.',
  parameters: [],
  options: {},
  example: 'pennypost stamps balance',
  async run({ client: open, signal }) {
    const client = await open()
    const { stamps, books } = await client.stamps.balance({ signal })
    const held = books.map(({ limit, expiresAt }) => ({ stamps: limit, expiresAt: isoOf(expiresAt) }))
    const lines = held.map((book) => `  a book of ${book.stamps}, good until ${showTime(new Date(book.expiresAt))}`)
    return {
      json: { account: client.address, stamps, books: held },
      text: [`${stamps} stamps left`, ...lines].join('\n'),
    }
  },
}

export const stamps = [buy, balance] as const
