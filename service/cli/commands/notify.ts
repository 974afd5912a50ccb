import type { Command } from '../command.ts'
import { addressAt, amountOf, decimal, tokens } from '../given.ts'

/** Tells an address that mail waits for it. */
export const notify: Command = {
  name: 'notify',
  about: 'Tells an address that has never used the network, by a notice on the chain, that mail waits for it.',
  parameters: ['ADDRESS'],
  options: { 'max-price': { value: 'AMOUNT', about: 'The most that it may cost, in tokens.' } },
  example: 'pennypost notify 0x937C0d4a6294cdfa575de17382c7076b579DC176 --max-price 5',
  async run(call) {
    const recipient = addressAt(call)
    const client = await call.client()
    const maxPrice = amountOf(call, 'max-price', client)
    const bound = maxPrice === undefined ? {} : { maxPrice }
    const { count, cost, hash } = await client.notices.send(recipient, { signal: call.signal, ...bound })
    const json = { ok: true, recipient, count, price: decimal(cost, client), hash }
    return { json, text: `${recipient} was told for ${tokens(cost, client)}, ${count} times by now.` }
  },
}
