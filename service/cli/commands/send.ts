import type {
  Client,
  Conversation,
  NoticeOutcome,
  PostageOptions,
  QuoteOptions,
  Refusal,
  SendQuote,
  UnattendedQuote,
} from '@pennypost/sdk'
import { type Call, type Command, CommandMisusedError } from '../command.ts'
import { addressAt, amountOf, decimal, numberOf, textOf, tokens, wordOf } from '../given.ts'
import { costJson, noticeOf, sayCost } from './notify.ts'

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
    trustees: {
      value: 'ADDRESSES',
      about:
        'Who keeps the key of a first letter to an account without keys, separated by commas; else your own clients do.',
    },
    notify: {
      value: 'WAY',
      about:
        'Tells an account without keys on the chain, once its first letter is out: by token, or by a transfer with a link.',
    },
    'max-notify': { value: 'AMOUNT', about: 'The most that this may cost, in tokens; in ether for a transfer.' },
    enough: { value: 'COUNT', about: 'So many of the trustees are enough to open it; more than half unless given.' },
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
    if (isQuote) return sayQuote(await conversation.quote(options), address, client)
    const { notice, ...postage } = options
    const waits = conversation.isNew ? await waitOf(conversation, postage) : undefined
    const sent = await conversation.send(text, options)
    if (!sent.ok) return sent
    const { id, topic, path, price } = sent
    const told = sent.notice && describeNotice(sent.notice, client)
    const json = {
      ...{ ok: true, id, topic, recipient: address, path, price: decimal(price, client) },
      ...waits?.json,
      ...told?.json,
    }
    const said = waits ? `Waits for ${address}, ${waits.text}; it cost` : `Delivered to ${address} for`
    return { json, text: `${said} ${tokens(price, client)}; the path is ${path}.${told?.text ?? ''}` }
  },
}

/** What came of a notice. The letter is out in any case. */
function describeNotice(notice: NoticeOutcome, client: Client) {
  if (notice.ok) {
    const json = { ok: true, ...costJson(notice, client), hash: notice.hash }
    return { json: { notice: json }, text: ` The account was told for ${sayCost(notice, client)}.` }
  }
  const { code, message } = notice
  return { json: { notice: { ok: false, code, message } }, text: ` The account was not told: ${message} (${code})` }
}

/** Of a letter to an account without keys: who hands out its key, and until when. */
async function waitOf(conversation: Conversation, options: PostageOptions) {
  const quote = await conversation.quote(options)
  return quote.ok && quote.unattended ? describeWait(quote.unattended) : undefined
}

function describeWait({ escrow, threshold, trustees, keptUntil }: UnattendedQuote) {
  const until = new Date(keptUntil * 1000).toISOString()
  const who =
    escrow === 'sender' ? 'a client of yours must run when it comes' : `${threshold} of ${trustees.length} trustees`
  const unattended = { escrow, threshold, trustees, keptUntil: until }
  return { json: { unattended }, text: `at most until ${until.slice(0, 10)}, its key kept by ${escrow} (${who})` }
}

function sayQuote(quote: SendQuote | Refusal, recipient: string, client: Client) {
  if (!quote.ok) return quote
  const { path, price, bond, stamps, seconds, conditions, explanation, unattended } = quote
  const amounts = { price: decimal(price, client), bond: decimal(bond, client) }
  const waits = unattended && describeWait(unattended)
  const notice = quote.notice && { notice: costJson(quote.notice, client) }
  const json = {
    ok: true,
    recipient,
    path,
    ...amounts,
    stamps,
    seconds,
    conditions,
    explanation,
    ...waits?.json,
    ...notice,
  }
  const told = quote.notice && ` To tell of it costs ${sayCost(quote.notice, client)}.`
  const more = `${waits ? ` It waits ${waits.text}.` : ''}${told ?? ''}`
  return { json, text: `${explanation}; ${tokens(price, client)}, and the path is ${path}.${more}` }
}

function optionsOf(call: Call, client: Client): QuoteOptions {
  const { flags, signal } = call
  return {
    signal,
    maxPrice: amountOf(call, 'max-price', client),
    maxBond: amountOf(call, 'max-bond', client),
    payment: flags.payment === true,
    postage: flags['no-stamps'] === true ? 'none' : 'auto',
    path: flags.visible === true ? 'visible' : undefined,
    escrow: escrowOf(call),
    notice: ownNotice(call, client),
  }
}

function ownNotice(call: Call, client: Client): QuoteOptions['notice'] {
  const by = textOf(call, 'notify')
  if (by !== undefined) return noticeOf(call, { by: wordOf(by, ['token', 'transfer']), most: 'max-notify' }, client)
  if (textOf(call, 'max-notify') !== undefined) throw new CommandMisusedError('--max-notify goes with --notify.')
  return undefined
}

function escrowOf(call: Call): PostageOptions['escrow'] {
  const [named, enough] = [textOf(call, 'trustees'), textOf(call, 'enough')]
  if (named === undefined && enough !== undefined) throw new CommandMisusedError('--enough goes with --trustees.')
  if (named === undefined) return undefined
  const trustees = named.split(',').map((address) => addressAt({ args: [address.trim()] }))
  return { trustees, threshold: enough === undefined ? undefined : numberOf(enough, '--enough', [1, 16]) }
}
