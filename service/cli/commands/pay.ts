import type { Client, Conversation } from '@pennypost/sdk'
import { BaseError } from '@pennypost/sdk'
import { type Address, toHex } from '@pennypost/sdk/crypto'
import type { Command } from '../command.ts'
import { addressAt, decimal, tokens, wordOf } from '../given.ts'
import { isoOf } from '../print.ts'

/** Lists the account's payments. */
const list: Command = {
  name: 'pay list',
  about: 'Lists what your wallet has paid for letters, newest first, and what became of it.',
  parameters: [],
  options: {},
  example: 'pennypost pay list',
  async run({ client: open, signal }) {
    const client = await open()
    const rows = (await client.payments.list({ signal })).map((payment) => {
      const { id, recipient, count, base, bond, tip, deliverBy, state } = payment
      const { fine, spam, open, isOver, due } = state
      const amounts = { base: decimal(base, client), bond: decimal(bond, client), tip: decimal(tip, client) }
      const letters = { count, fine, spam, open }
      return {
        json: {
          id: `0x${toHex(id)}`,
          recipient: recipient ?? null,
          ...amounts,
          ...letters,
          deliverBy: isoOf(deliverBy),
          isOver,
          due: decimal(due, client),
        },
        text: `${recipient ?? `${count} letters`}: base ${amounts.base}, bond ${amounts.bond}, tip ${amounts.tip}; ${fine} fine, ${spam} spam, ${open} open; ${tokens(due, client)} to fetch`,
      }
    })
    const text = rows.length === 0 ? 'Nothing was paid.' : rows.map((row) => row.text).join('\n')
    return { json: { account: client.address, payments: rows.map(({ json }) => json) }, text }
  },
}

/** Shows what was paid for a letter that came. */
const look: Command = {
  name: 'pay look',
  about:
    'Says what an account has paid for its letter to you, as the chain has it, and what others said of its letters.',
  parameters: ['ADDRESS'],
  options: {},
  example: 'pennypost pay look 0x937C0d4a6294cdfa575de17382c7076b579DC176',
  async run(call) {
    const sender = addressAt(call)
    const client = await call.client()
    const paid = await client.payments.look(await letterOf(client, sender, call.signal), { signal: call.signal })
    const rows = paid.map(({ id, base, bond, tip, isPaid, isSettled, burnRatio: { fine, spam } }) => {
      const amounts = { base: decimal(base, client), bond: decimal(bond, client), tip: decimal(tip, client) }
      const state = `${isPaid ? 'paid' : 'not on the chain'}${isSettled ? ', with your verdict' : ''}`
      return {
        json: { id: `0x${toHex(id)}`, ...amounts, isPaid, isSettled, fine, spam },
        text: `base ${amounts.base}, bond ${amounts.bond}, tip ${amounts.tip}: ${state}; others said fine ${fine} times, spam ${spam} times`,
      }
    })
    const text = rows.length === 0 ? 'Nothing was paid for it.' : rows.map((row) => row.text).join('\n')
    return { json: { sender, payments: rows.map(({ json }) => json) }, text }
  },
}

/** Gives a verdict. */
const settle: Command = {
  name: 'pay settle',
  about: 'Gives your verdict on a paid letter: the tip is yours, and the bond goes back to its sender or is burned.',
  parameters: ['ADDRESS', 'VERDICT'],
  options: {},
  example: 'pennypost pay settle 0x937C0d4a6294cdfa575de17382c7076b579DC176 fine',
  async run(call) {
    const sender = addressAt(call)
    const verdict = wordOf(call.args[1], ['fine', 'spam'])
    const client = await call.client()
    const letter = await letterOf(client, sender, call.signal)
    const { hash } = await client.payments.settle(letter, verdict, { signal: call.signal })
    return { json: { ok: true, sender, verdict, hash }, text: `Your verdict is on the chain: ${verdict}.` }
  },
}

/** Fetches what is due. */
const refund: Command = {
  name: 'pay refund',
  about: 'Fetches what is due to your wallet of all that it paid.',
  parameters: [],
  options: {},
  example: 'pennypost pay refund',
  async run({ client: open, signal }) {
    const client = await open()
    const { amount, stoppedBy } = await client.payments.refund({ signal })
    if (stoppedBy !== undefined) throw stoppedBy
    return { json: { ok: true, amount: decimal(amount, client) }, text: `${tokens(amount, client)} came back.` }
  },
}

/** The newest letter of an account for which something was paid. */
async function letterOf({ conversations }: Client, sender: Address, signal: AbortSignal): Promise<Conversation> {
  const all = await conversations.list({ consent: 'any', signal })
  const from = all.filter(({ peerAddress }) => peerAddress === sender)
  const found = from.findLast(({ payments }) => payments.length > 0) ?? from.at(-1)
  if (found) return found
  throw new LetterMissingError(`${sender} has written no letter to you.`)
}

/** A letter was asked about that never came. */
export class LetterMissingError extends BaseError {
  override readonly code = 'letter.missing'
}

export const pay = [list, look, settle, refund] as const
