import { inspect } from 'node:util'
import { createPublicClient, createWalletClient, custom, http, parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Facts } from '../../../sdk/client/account/facts.ts'
import { Notices } from '../../../sdk/client/account/notices.ts'
import { Payments } from '../../../sdk/client/account/payments.ts'
import { Stakes } from '../../../sdk/client/tickets/stakes.ts'
import { decodeContact } from '../../../sdk/codec/index.ts'
import { fromBytes, fromHex, randomBytes, toBytes32, toHex } from '../../../sdk/crypto/index.ts'
import { type Campaign, Client, type ClientOptions, type Conversation, type OwnEscrow } from '../../../sdk/index.ts'
import { noteCommitment } from '../../../sdk/notes/index.ts'
import type { Fetch } from '../../../sdk/transport/index.ts'
import { knowSetup } from '../../helpers/known-setup.ts'
import { atOnce, deviceOf, startTestNetwork, type TestNetwork } from '../../helpers/network.ts'
import { createRecording, type Meddle } from '../../helpers/recording.ts'
import { createStockApp } from '../../helpers/stock.ts'

knowSetup()

// Every call of the client, by what the client's objects can be asked: where a node, a prover and a chain take every request
// and never answer, it ends with its signal; and toward a peer who was not written to in the open, it shows the node nothing.

/** What the rows are called with. `fresh` is not begun, `begun` is, `letter` came with a payment. */
type Given = {
  readonly client: Client
  readonly peer: Client
  /** An account that was never written to. */
  readonly stranger: string
  readonly fresh: Conversation
  readonly begun: Conversation
  readonly letter: Conversation
  readonly campaign: Campaign
  /** Of a letter to an account without keys. */
  readonly waiting: OwnEscrow
  /** To an account without keys, not begun. */
  readonly unwritten: Conversation
  /** Recipients of another one. */
  readonly many: number
  readonly signal: AbortSignal
}

type Row = (given: Given) => Promise<unknown>

const nobody = `0x${'1'.repeat(40)}`
const settleAs = 'fine' as const
const rate = { base: parseEther('1'), bond: 0n, tip: 0n }

/** Every call of the client's surface that waits for anything. */
const rows: Record<string, Row> = {
  'client.canMessage': ({ client, peer, signal }) => client.canMessage(peer.address, { signal }),
  'client.canMessage, many': ({ client, peer, signal }) => client.canMessage([peer.address, nobody], { signal }),
  'client.consent': ({ client, peer, signal }) => client.consent(peer.address, { signal }),
  'client.consents': ({ client, signal }) => client.consents({ signal }),
  'client.streamAllMessages': ({ client, signal }) => client.streamAllMessages({ signal }),
  'client.block': ({ client, stranger, signal }) => client.block(stranger, { signal }),
  'client.allow': ({ client, stranger, signal }) => client.allow(stranger, { signal }),
  'sharedLists.subscribe': ({ client, peer, signal }) => client.sharedLists.subscribe(peer.address, { signal }),
  'sharedLists.leave': ({ client, peer, signal }) => client.sharedLists.leave(peer.address, { signal }),
  'sharedLists.list': ({ client, signal }) => client.sharedLists.list({ signal }),
  'sharedLists.refresh': ({ client, signal }) => client.sharedLists.refresh({ signal }),
  'sharedLists.get': ({ client, peer, signal }) => client.sharedLists.get(peer.address, { signal }),
  'sharedLists.publish': ({ client, stranger, signal }) => client.sharedLists.publish([stranger], { signal }),
  'client.receipts': ({ client, signal }) => client.receipts({ signal }),
  'client.openWalletLane': ({ client, peer, signal }) =>
    client.openWalletLane({ wallet: nobody, recipient: peer.address }, { signal }),
  'client.quoteWalletLane': ({ client, peer, signal }) =>
    client.quoteWalletLane({ wallet: nobody, recipient: peer.address }, { signal }),
  'client.campaign': ({ client, peer, many, signal }) =>
    client.campaign({ seed: randomBytes(32), recipients: Array(many).fill(peer.address), rate, signal }),
  'conversations.list': ({ client, signal }) => client.conversations.list({ signal }),
  'conversations.new': ({ client, stranger, signal }) => client.conversations.new(stranger, { signal }),
  'conversations.stream': ({ client, signal }) => client.conversations.stream({ signal }),
  'conversation.quote': ({ fresh, signal }) => fresh.quote({ signal }),
  'conversation.send': ({ fresh, signal }) => fresh.send('gm', { signal, payment: true }),
  'conversation.quote, with a notice': ({ unwritten, signal }) => unwritten.quote({ signal, notice: 'transfer' }),
  'conversation.send, with a notice': ({ unwritten, signal }) =>
    unwritten.send('gm', { signal, notice: 'transfer', payment: true }),
  'conversation.send, begun': ({ begun, signal }) => begun.send('gm', { signal }),
  'conversation.decline': ({ begun, signal }) => begun.decline({ signal }),
  'conversation.messages': ({ begun, signal }) => begun.messages({ signal }),
  'conversation.stream': ({ begun, signal }) => begun.stream({ signal }),
  'escrow.extend': ({ waiting, signal }) => waiting.extend(90, { signal }),
  'escrow.withdraw': ({ waiting, signal }) => waiting.withdraw({ signal }),
  'campaign.pay': ({ campaign, signal }) => campaign.pay({ signal }),
  'campaign.quote': ({ campaign, signal }) => campaign.quote({ signal }),
  'campaign.deliver': ({ campaign, signal }) => campaign.deliver('news', { signal }).next(),
  'stamps.buy': ({ client, signal }) => client.stamps.buy({ count: 4, signal }),
  'stamps.balance': ({ client, signal }) => client.stamps.balance({ signal }),
  'stamps.price': ({ client, signal }) => client.stamps.price({ signal }),
  'stamps.import': ({ client, signal }) => client.stamps.import(noteFileOf(client, 'stamps'), { signal }),
  'stamps.warmUp': ({ client, signal }) => client.stamps.warmUp({ signal }),
  'stakes.terms': ({ client, signal }) => client.stakes.terms({ signal }),
  'stakes.import': ({ client, signal }) => client.stakes.import(noteFileOf(client, 'stake'), { signal }),
  'stakes.stake': ({ client, signal }) => client.stakes.stake({ signal }),
  'stakes.status': ({ client, signal }) => client.stakes.status({ signal }),
  'stakes.requestExit': ({ client, signal }) => client.stakes.requestExit({ signal }),
  'stakes.exit': ({ client, signal }) => client.stakes.exit({ signal }),
  'payments.look': ({ client, letter, signal }) => client.payments.look(letter, { signal }),
  'payments.settle': ({ client, letter, signal }) => client.payments.settle(letter, settleAs, { signal }),
  'stakes.prepare': ({ client, signal }) => client.stakes.prepare({ count: 1, signal }),
  'stamps.prepare': ({ client, signal }) => client.stamps.prepare({ signal }),
  'payments.sign': ({ client, letter, signal }) => client.payments.sign(letter, settleAs, { signal }),
  'payments.bring': ({ client, letter, signal }) => client.payments.bring([verdictOn(letter)], { signal }),
  'payments.collect': ({ client, letter, signal }) =>
    client.payments.collect([{ conversation: letter, verdict: settleAs }], { signal }),
  'payments.list': ({ client, signal }) => client.payments.list({ signal }),
  'payments.refund': ({ client, signal }) => client.payments.refund({ signal }),
  'facts.obtain': ({ client, signal }) => client.facts.obtain('age eip155:31337 >= 1 days', { signal }),
  'facts.obtain, as a claim': ({ client, signal }) =>
    client.facts.obtain('age eip155:31337 >= 1 days', { signal, as: 'vc' }),
  'facts.list': ({ client }) => client.facts.list(),
  'notices.send': ({ client, stranger, signal }) => client.notices.send(stranger, { signal }),
  'notices.send, by transfer': ({ client, stranger, signal }) =>
    client.notices.send(stranger, { signal, by: 'transfer' }),
  'notices.quote': ({ client, stranger, signal }) => client.notices.quote(stranger, { signal }),
  'notices.quote, by transfer': ({ client, stranger, signal }) =>
    client.notices.quote(stranger, { signal, by: 'transfer' }),
  'notices.of': ({ client, stranger, signal }) => client.notices.of(stranger, { signal }),
  'unattended.open': ({ client, signal }) => client.unattended.open({ signal }),
  'unattended.list': ({ client, signal }) => client.unattended.list({ signal }),
  'policy.get': ({ client, signal }) => client.policy.get(undefined, { signal }),
  'policy.set': ({ client, signal }) => client.policy.set('everyone', { signal }),
  'policy.rotateKey': ({ client, signal }) => client.policy.rotateKey({ signal }),
  'connections.grant': ({ client, peer, signal }) => client.connections.grant(peer.address, { signal }),
  'connections.list': ({ client, signal }) => client.connections.list({ signal }),
  'connections.revoke': ({ client, peer, signal }) => client.connections.revoke(peer.address, { signal }),
  'client.close': ({ client, signal }) => client.close({ signal }), // the last: it ends the client
}

/** A note that was bought elsewhere for the account, as a file has it. */
function noteFileOf({ person }: Client, kind: 'stamps' | 'stake'): string {
  const secret = randomBytes(31)
  const commitment = noteCommitment({ secret: fromBytes(secret), person: fromBytes(fromHex(person)) })
  return JSON.stringify({
    kind,
    secret: `00${toHex(secret)}`,
    person,
    commitment: toHex(toBytes32(commitment)),
    class: 1,
  })
}

/** What may answer without anybody: from what is at hand, or because nothing is left to do. */
const mayAnswer = [
  ...['client.receipts', 'facts.list', 'stamps.balance', 'stakes.status', 'stamps.warmUp', 'client.close'],
  ...['unattended.open', 'unattended.list'], // what lies there was read when the client was made, and nobody writes there any more
]

/** What waits for nothing, and what only the client itself calls. */
const others = {
  client: [],
  conversations: ['subscribe', 'receive', 'of', 'with'],
  conversation: ['sendEncoded'],
  stamps: ['begin', 'reserve', 'giveBack', 'tickets', 'refresh', 'terms', 'fetchTerms', 'close'],
  stakes: [],
  facts: [],
  payments: [],
  notices: ['link'],
  policy: ['ensureSealedKey', 'change', 'read'],
  connections: ['isHeld', 'serialOf'],
  sharedLists: [],
} as const

let network: TestNetwork
let given: Omit<Given, 'signal'>
let account: Awaited<ReturnType<TestNetwork['purse']>>
const state = { isMute: false, isChainMute: false }

beforeAll(async () => {
  network = await startTestNetwork()
  const peer = await network.client(await network.purse())
  await peer.policy.set('everyone')
  const purse = await network.purse(2_000)
  account = purse
  const options = { key: purse.key, chain: mutable(purse), fetch, ...deviceOf() }
  const client = await network.client(options)
  await client.policy.set('postage 1')
  await client.stamps.buy({ count: 4 })
  await client.stakes.stake()
  const paid = await (await peer.conversations.new(client.address)).send('gm', { payment: true })
  if (!paid.ok) throw new Error(paid.message)
  const [letter] = await client.conversations.list()
  const about = (conversationId: string) => ({ context: { conversationId } })
  const begun = await client.conversations.new(peer.address, about('begun'))
  await begun.send('gm')
  const fresh = await client.conversations.new(peer.address, about('fresh'))
  const recipients = [peer.address, nobody]
  const campaign = await client.campaign({ seed: randomBytes(32), recipients, unattended: [nobody], rate })
  const unattended = await client.conversations.new(privateKeyToAccount(generatePrivateKey()).address)
  await unattended.send('gm', { escrow: { days: 30 }, payment: true })
  const { escrow: waiting } = unattended
  const unwritten = await client.conversations.new(privateKeyToAccount(generatePrivateKey()).address)
  if (!waiting) throw new Error('The letter has not left.')
  const met = { client, peer, stranger: nobody, fresh, begun, letter: letter as Conversation }
  given = { ...met, campaign, waiting, unwritten, many: 50_000 }
})
afterAll(() => {
  Object.assign(state, { isMute: false, isChainMute: false })
  return network?.close()
})

/** Called with each request that nobody answers. */
let onSilence = () => {}

const silence = (signal?: AbortSignal | null) =>
  new Promise<never>((_, reject) => {
    onSilence()
    if (signal?.aborted) reject(signal.reason)
    signal?.addEventListener('abort', () => reject(signal.reason))
  })
const fetch: Fetch = (url, init) => (state.isMute ? silence(init.signal) : globalThis.fetch(url, init))

/** A chain that can fall silent. */
function mutable({ key, chain }: Awaited<ReturnType<TestNetwork['purse']>>): NonNullable<ClientOptions['chain']> {
  const below = http(network.rpcUrl)({ chain: hardhat })
  const request = (asked: { method: string; params?: unknown }) =>
    state.isChainMute ? silence() : below.request(asked as never)
  const common = { chain: hardhat, transport: custom({ request }), pollingInterval: 20 }
  const account = privateKeyToAccount(key)
  return {
    ...chain,
    publicClient: createPublicClient(common),
    walletClient: createWalletClient({ ...common, account }),
  }
}

const verdictOn = ({ openings: [payment] }: Conversation) => {
  if (!payment) throw new Error('The letter came with a payment.')
  const opening = { ...payment.place, use: payment.use, recipient: new Uint8Array(20) }
  return { opening, verdict: settleAs }
}

/** Ends a call when it has asked somebody who does not answer, or after a while; answers how it came out. */
async function outcomeOf(row: Row): Promise<string> {
  const controller = new AbortController()
  const end = () => controller.abort(new Error('enough'))
  const stop = setTimeout(end, 150)
  onSilence = () => setTimeout(end, 20)
  const late = new Promise<string>((resolve) => setTimeout(() => resolve('goes on'), 30_000).unref())
  const called = row({ ...given, signal: controller.signal }).then(
    () => 'answered',
    (error: Error) => error.message,
  )
  const outcome = await Promise.race([called, late])
  clearTimeout(stop)
  onSilence = () => {}
  return outcome
}

/** Stands for a part that is made when it is first asked for something: what can be asked is in its class. */
const rare = ({ prototype }: { readonly prototype: object }): object => Object.create(prototype)

/** All that an object can be asked, by its class. */
const methodsOf = (object: object): string[] =>
  Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object)))
    .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
    .map(([name]) => name)

test('every call of the client is in the table, or known to wait for nothing', () => {
  const { client, begun, campaign } = given
  const { conversations, stamps, policy, connections, sharedLists } = client
  const rooms = {
    client,
    conversations,
    conversation: begun,
    stamps,
    stakes: rare(Stakes),
    facts: rare(Facts),
    payments: rare(Payments),
    notices: rare(Notices),
    policy,
    connections,
    sharedLists,
  }
  const known = Object.keys(rows).map((name) => name.split(',')[0])
  for (const [room, object] of Object.entries(rooms)) {
    const names = methodsOf(object).filter((name) => !others[room as keyof typeof others].includes(name as never))
    for (const name of names) expect(known).toContain(`${room}.${name}`)
  }
  for (const [room, object] of Object.entries({ campaign, unattended: client.unattended, escrow: given.waiting })) {
    const functions = Object.entries(object).filter(([name, value]) => typeof value === 'function' && name !== 'end')
    for (const [name] of functions) expect(known).toContain(`${room}.${name}`)
  }
  const own = Object.getOwnPropertyNames(client).filter((name) => !(name in rooms) && name !== 'unattended')
  expect(own).toEqual([])
})

describe('where nobody ever answers', () => {
  test('Client.create ends with its signal', async () => {
    state.isMute = true
    const { account } = network.connect(`0x${'7'.repeat(64)}`)
    const creating: Row = ({ signal }) =>
      Client.create(account, { ...network.options({ signal, fetch, anonymousFetch: fetch }), privacy: atOnce })
    expect(await outcomeOf(creating)).toBe('enough')
    state.isMute = false
  })

  const ofChain = Object.entries(rows).filter(([name]) =>
    /^(stakes\.(?!prepare|import)|payments|notices|stamps\.buy|campaign\.pay)/.test(name),
  )
  test.each(ofChain)('on the chain alone, %s ends with its signal', async (name, row) => {
    state.isChainMute = true
    const outcome = await outcomeOf(row)
    state.isChainMute = false
    expect(outcome, name).toBe('enough')
  })

  test.each(Object.entries(rows))('%s ends with its signal', async (name, row) => {
    Object.assign(state, { isMute: true, isChainMute: true })
    const outcome = await outcomeOf(row)
    Object.assign(state, { isMute: false, isChainMute: false })
    expect(mayAnswer.includes(name) ? ['answered', 'enough'] : ['enough'], name).toContain(outcome)
  })
})

test('a client that is making stamps ready closes with its signal, too, where nobody answers', async () => {
  const client = await network.client({ key: account.key, fetch, privacy: { ...atOnce, copySeconds: 600 } })
  await client.stamps.prepare({ count: 3 })
  state.isMute = true
  void client.stamps.prepare({ count: 4 }).catch(() => undefined)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const outcome = await outcomeOf(({ signal }) => client.close({ signal }))
  state.isMute = false
  expect(outcome).toBe('enough')
})

describe('toward a peer who was not written to in the open', () => {
  const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
  const recording = createRecording()
  /** Blocking and closing come last: after them nothing can be sent. */
  const isLast = (name: string) => /^client\.(un)?block|close$/.test(name)
  const inOrder = Object.entries(rows).toSorted(([a], [b]) => Number(isLast(a)) - Number(isLast(b)))

  /** Whether a text names an account: as topics do, or as bytes. */
  const names = (text: string, address: string) =>
    text.includes(address) || text.includes(textOf(Buffer.from(address.slice(2), 'hex')))

  /** Requests that name both, or write into a conversation in the account's name. */
  function shown(me: string, peer: string): string[] {
    return recording.take().flatMap(({ url, bytes }) => {
      const text = textOf(bytes)
      const isMine = text.includes('authorization: ') || names(text, me)
      const isTheirs = names(text, peer) || (url.endsWith('/message/v1/publish') && text.includes('/m-'))
      return isMine && isTheirs ? [text] : []
    })
  }

  /** A peer, its account in a stock app, and a client that has not written to it. */
  async function meet() {
    const key = generatePrivateKey()
    const peer = await network.client({ key })
    await peer.policy.set('everyone')
    const purse = await network.purse(2_000)
    const client = await network.client({ ...purse, ...deviceOf(), fetch: recording.fetch })
    return { key, peer, client }
  }

  /** Meddles with requests until the test is over. */
  const meddle = (meddler: Meddle) => onTestFinished(recording.meddle(meddler))

  const hide = ({ address }: Client) =>
    meddle((url, body) =>
      /query$/.test(url) && textOf(body).includes(`/policy-${address}`)
        ? Response.json(url.endsWith('/batch-query') ? { responses: [{}, {}, {}] } : { envelopes: [] })
        : undefined,
    )

  const about = (conversationId: string) => ({ context: { conversationId } })

  const situations = {
    'whose policy the node has always hidden': async () => {
      const met = await meet()
      hide(met.peer)
      const fresh = await met.client.conversations.new(met.peer.address)
      expect(fresh.path).toBe('visible')
      return { ...met, fresh, begun: fresh }
    },
    'who was seen sealed, and whose policy the node hides from then on': async () => {
      const met = await meet()
      const fresh = await met.client.conversations.new(met.peer.address)
      hide(met.peer)
      return { ...met, fresh, begun: fresh }
    },
    'who invites in the open beside a conversation in letters': async () => {
      const met = await meet()
      const { key, peer, client } = met
      const fresh = await client.conversations.new(peer.address, about('fresh'))
      expect(await (await client.conversations.new(peer.address)).send('gm')).toMatchObject({ path: 'sealed' })
      await client.policy.set('everyone')
      await (await createStockApp(key, network.node)).conversations.newConversation(client.address)
      const begun = (await client.conversations.list()).find(({ kind }) => kind === 'invitation')
      return { ...met, fresh, begun: begun as Conversation }
    },
    'who has published the keys of XMTP V1 alone': async () => {
      const met = await meet()
      meddle(async (url, body) => {
        if (!url.endsWith('/query') || !/\/(contact|policy)-/.test(textOf(body))) return undefined
        const headers = { 'content-type': 'application/json' }
        const answer = await globalThis.fetch(url, { method: 'POST', headers, body: Buffer.from(body) })
        const { envelopes } = (await answer.json()) as { envelopes: { contentTopic: string; message: string }[] }
        const isOld = ({ contentTopic, message }: (typeof envelopes)[0]) =>
          contentTopic.includes('/contact-') && decodeContact(Buffer.from(message, 'base64')).version === 'v1'
        return Response.json({ envelopes: envelopes.filter(isOld) })
      })
      const fresh = await met.client.conversations.new(met.peer.address)
      expect([fresh.kind, fresh.path]).toEqual(['direct', 'visible'])
      return { ...met, fresh, begun: fresh }
    },
  }

  test.each(Object.entries(situations))('%s, no call shows the node who deals with it', async (_, situation) => {
    const { client, peer, fresh, begun } = await situation()
    const seed = randomBytes(32)
    const campaign = await client.campaign({ seed, recipients: [peer.address], rate })
    const { waiting, unwritten } = given
    const all = {
      client,
      peer,
      stranger: peer.address,
      fresh,
      begun,
      letter: begun,
      campaign,
      waiting,
      unwritten,
      many: 3,
    }
    recording.take()
    for (const [name, row] of inOrder) {
      const call = async () => row({ ...all, signal: AbortSignal.timeout(2_000) })
      const answer = await call().catch((error: unknown) => error)
      expect(shown(client.address, peer.address), `${name}: ${inspect(answer)}`).toEqual([])
    }
  })

  test('what is shown is seen where the caller allows it', async () => {
    const { client, peer, fresh } = await situations['whose policy the node has always hidden']()
    recording.take()
    expect(await fresh.send('gm', { path: 'visible' })).toMatchObject({ ok: true })
    expect(shown(client.address, peer.address)).not.toEqual([])
  })

  test('whose policy went back, no lane is opened for any wallet', async () => {
    const { client, peer } = await situations['who was seen sealed, and whose policy the node hides from then on']()
    recording.take()
    const opening = client.openWalletLane({ wallet: nobody, recipient: peer.address })
    await expect(opening).rejects.toMatchObject({ code: 'policy.went-back' })
    expect(recording.take().filter(({ url }) => url.endsWith('/v1/lanes'))).toEqual([])
  })
})
