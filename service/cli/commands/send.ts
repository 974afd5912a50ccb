import type { Client, PostageOptions } from '@pennypost/sdk'
import { type Call, type Command, CommandMisusedError } from '../command.ts'
import { addressAt, amountOf, decimal, tokens } from '../given.ts'

/** Sends a message, or says what it would take. */
export const send: Command = {
  name: 'send',
  about: 'Sends a text to an account; without one, what comes on standard input.',
  parameters: ['ADDRESS', 'TEXT…?'],
  options: {
    quote: { about: 'Says what it would take, and sends nothing.' },
    'max-price': { value: 'AMOUNT', about: 'The most that stamps, base and tip may cost, in tokens.' },
    payment: { about: 'Lets what the recipient asks be paid on the chain, in the name of the account.' },
    'max-bond': { value: 'AMOUNT', about: 'The most that a payment may leave as a bond, in tokens.' },
    'no-stamps': { about: 'Uses no stamps, whatever else would do.' },
    visible: { about: 'Lets the node learn who writes to whom, as with stock clients.' },
  },
  example: "pennypost send 0x937C0d4a6294cdfa575de17382c7076b579DC176 'gm' --max-price 2",
  async run(call) {
    const address = addressAt(call)
    const isQuote = call.flags.quote === true
    const text = isQuote ? '' : (call.args[1] ?? (await call.readInput()) ?? '')
    if (!isQuote && text.trim() === '') throw new CommandMisusedError('There is no text to send.')
    const client = await call.client('staking')
    const options = optionsOf(call, client)
    const conversation = await client.conversations.new(address, { signal: call.signal })
    if (isQuote) {
      const quote = await conversation.quote(options)
      if (!quote.ok) return quote
      const { path, price, bond, stamps, seconds, conditions, explanation } = quote
      const amounts = { price: decimal(price, client), bond: decimal(bond, client) }
      const json = { ok: true, recipient: address, path, ...amounts, stamps, seconds, conditions, explanation }
      return { json, text: `${explanation}; ${tokens(price, client)}, and the path is ${path}.` }
    }
    const sent = await conversation.send(text, options)
    if (!sent.ok) return sent
    const { id, topic, path, price } = sent
    const json = { ok: true, id, topic, recipient: address, path, price: decimal(price, client) }
    return { json, text: `Delivered to ${address} for ${tokens(price, client)}; the path is ${path}.` }
  },
}

function optionsOf(call: Call, client: Client): PostageOptions {
  const { flags, signal } = call
  return {
    signal,
    maxPrice: amountOf(call, 'max-price', client),
    maxBond: amountOf(call, 'max-bond', client),
    payment: flags.payment === true,
    postage: flags['no-stamps'] === true ? 'none' : 'auto',
    path: flags.visible === true ? 'visible' : undefined,
  }
}
