import type { Client, NoticeQuote, TokenNotice, TransferNotice } from '@pennypost/sdk'
import type { Call, Command } from '../command.ts'
import { addressAt, amountOf, decimal, ether, textOf, tokens, wordOf } from '../given.ts'

/** What is paid for a notice is in tokens, for a transfer in ether. */
const inEther = { decimals: 18 }

/** Tells an address that mail waits for it. */
export const notify: Command = {
  name: 'notify',
  about:
    'Tells an address that has never used the network that mail waits for it: on the chain, or by a link to hand over.',
  parameters: ['ADDRESS'],
  options: {
    by: {
      value: 'WAY',
      about: 'token (unless given), a transfer of one wei with a link, or link, which is only shown.',
    },
    'max-price': { value: 'AMOUNT', about: 'The most that it may cost, in tokens; in ether with --by transfer.' },
    quote: { about: 'Says what it would cost, and sends nothing.' },
  },
  example: 'pennypost notify 0x937C0d4a6294cdfa575de17382c7076b579DC176 --by transfer --max-price 0.001',
  async run(call) {
    const recipient = addressAt(call)
    const by = wordOf(textOf(call, 'by') ?? 'token', ['token', 'transfer', 'link'])
    const client = await call.client()
    if (by === 'link') {
      const link = await client.notices.link(recipient)
      return { json: { ok: true, recipient, link }, text: link }
    }
    const notice = noticeOf(call, { by, most: 'max-price' }, client)
    const { signal } = call
    if (call.flags.quote === true) {
      const quote = await client.notices.quote(recipient, { ...notice, signal })
      return {
        json: { ok: true, recipient, ...costJson(quote, client) },
        text: `It would cost ${sayCost(quote, client)}.`,
      }
    }
    if (notice.by === 'token') return tellByToken(client, recipient, { ...notice, signal })
    const { cost, hash, link } = await client.notices.send(recipient, { ...notice, signal })
    const said = sayCost({ by, cost }, client)
    return {
      json: { ok: true, recipient, ...costJson({ by, cost }, client), hash, link },
      text: `${recipient} was sent the link for ${said}.`,
    }
  },
}

type Given = TokenNotice & Pick<Call, 'signal'>

async function tellByToken(client: Client, recipient: string, given: Given) {
  const { count, cost, hash } = await client.notices.send(recipient, given)
  const json = { ok: true, recipient, count, price: decimal(cost, client), hash }
  return { json, text: `${recipient} was told for ${tokens(cost, client)}, ${count} times by now.` }
}

/** How an account is told, with what it may cost by an option. */
export function noticeOf(
  call: Call,
  { by, most }: { readonly by: 'token' | 'transfer'; readonly most: string },
  client: Client,
): TokenNotice | TransferNotice {
  return by === 'token'
    ? { by, maxPrice: amountOf(call, most, client) }
    : { by, maxCost: amountOf(call, most, inEther) }
}

/** What it costs, for people and for programs. */
export const sayCost = ({ by, cost }: NoticeQuote, client: Client): string =>
  by === 'token' ? tokens(cost, client) : ether(cost)

export const costJson = ({ by, cost }: NoticeQuote, client: Client): object =>
  by === 'token' ? { price: decimal(cost, client) } : { ether: decimal(cost, inEther) }
