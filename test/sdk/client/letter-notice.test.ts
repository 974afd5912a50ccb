import { type Address, hexToString, parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noticeAbi, postageTokenAbi } from '../../../sdk/generated/abis.ts'
import {
  type ChainOptions,
  type ClientEvent,
  type ClientOptions,
  mailLink,
  type NoticeChoice,
} from '../../../sdk/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { type LightNetwork, startLightNetwork } from '../../helpers/light-network.ts'
import { deviceOf } from '../../helpers/network.ts'
import { makeUnattended } from '../../helpers/unattended.ts'

// A letter and its notice: what was not agreed to before the letter leaves is not done; what fails after it is told, and never
// repeats the letter; and one call tells once.

let network: LightNetwork
let chain: TestChain
const mailPage = 'https://pennypost.example/mail.html'
beforeAll(async () => {
  ;[network, chain] = await Promise.all([startLightNetwork({ unattendedRule: parseRule('work 1') }), startTestChain()])
  const args = [chain.walletAt(3).account.address, parseEther('1000')] as const
  await chain.walletAt(0).writeContract({ address: chain.token, abi: postageTokenAbi, functionName: 'transfer', args })
})
afterAll(() => Promise.all([network?.close(), chain?.close()]))

let accounts = 0x40
const ways = ['token', 'transfer'] as const

const chainOf = (more: Partial<ChainOptions> = {}): ChainOptions => {
  const { publicClient, token, notice } = chain
  return { publicClient, walletClient: chain.walletAt(3), token, notice, ...more }
}

/** An account that pays, and one that has no keys. */
async function scene(more: Partial<ClientOptions> = {}, who = ++accounts) {
  const bob = await makeUnattended(network.url)
  const terms = { requestBits: 1, unattendedRule: 'work 1', mailPage }
  const options = { network: terms, chain: chainOf(), ...deviceOf(), ...more }
  const alice = await network.client(who, options)
  return { bob, recipient: bob.account.address, alice, options, who }
}

/** How often an account was told, in each way. */
async function toldOf(recipient: Address) {
  const mail = { address: chain.notice, abi: noticeAbi, functionName: 'mailOf', args: [recipient] } as const
  const { count } = await chain.publicClient.readContract(mail)
  return { token: count, transfer: Number(await chain.publicClient.getBalance({ address: recipient })) }
}
const none = { token: 0, transfer: 0 }

/** A letter by a client whose node can be cut off. */
async function cutOff() {
  const state = { fails: false }
  const fetch: NonNullable<ClientOptions['fetch']> = (url, init) =>
    state.fails ? Promise.reject(new Error('The node is gone.')) : globalThis.fetch(url, init)
  const { bob, recipient, alice } = await scene({ fetch, anonymousFetch: fetch })
  return { state, bob, recipient, letter: await alice.conversations.new(recipient) }
}
const long = 'long '.repeat(30_000) // goes on the conversation's topic, right after its letter

describe('a first letter to an account without keys', () => {
  test.each(ways)('leaves before its notice, by %s, for what was quoted, and says what came of it', async (notice) => {
    const { bob, recipient, alice } = await scene()
    const letter = await alice.conversations.new(recipient)
    const quote = await letter.quote({ notice })
    if (!quote.ok) return expect.fail(quote.message)
    expect(quote.notice).toEqual({ by: notice, cost: expect.any(BigInt) })
    const waited: number[] = []
    const onProgress = async (event: ClientEvent) => {
      if (event.kind === 'chain' && event.step.kind === 'quoted') waited.push((await bob.waiting()).length)
    }
    const sent = await letter.send('hello', { notice, quote, onProgress })
    expect(sent).toMatchObject({ ok: true, notice: { ok: true, by: notice, hash: expect.stringMatching(/^0x/) } })
    if (!sent.ok || !sent.notice?.ok) return expect.fail('No notice was sent.')
    expect(sent.notice.cost).toBeLessThanOrEqual(quote.notice?.cost ?? 0n)
    expect(await bob.waiting()).toHaveLength(1)
    await expect.poll(() => waited).toEqual([1])
    expect(await toldOf(recipient)).toEqual({ ...none, [notice]: 1 })
    if (notice === 'token') return
    const { input } = await chain.publicClient.getTransaction({ hash: sent.notice.hash })
    expect(hexToString(input)).toBe(mailLink({ page: mailPage, account: recipient }))
  })

  test('tells nobody unless it is asked to', async () => {
    const { recipient, alice } = await scene()
    const sent = await (await alice.conversations.new(recipient)).send('hello')
    expect(sent).not.toHaveProperty('notice')
    expect(await toldOf(recipient)).toEqual(none)
  })

  test('does not leave with a notice that is refused', async () => {
    const optedOut = await makeUnattended(network.url)
    const wallet = await chain.walletOf(optedOut.account.address)
    await wallet.writeContract({ address: chain.notice, abi: noticeAbi, functionName: 'optOut' })
    const { alice } = await scene()
    for (const notice of ways) {
      const letter = await alice.conversations.new(optedOut.account.address)
      await expect(letter.quote({ notice })).rejects.toMatchObject({ code: 'notice.refused' })
      await expect(letter.send('hello', { notice })).rejects.toMatchObject({ code: 'notice.refused' })
    }
    expect(await optedOut.waiting()).toEqual([])
  })

  test.each<[string, NoticeChoice, string]>([
    ['more than the token allows', { by: 'token', maxPrice: 1n }, 'postage.price-too-high'],
    ['more than the transfer allows', { by: 'transfer', maxCost: 1n }, 'transfer.cost-too-high'],
  ])('does not leave where its notice costs %s', async (_, notice, code) => {
    const { bob, recipient, alice } = await scene()
    const letter = await alice.conversations.new(recipient)
    await expect(letter.send('hello', { notice })).rejects.toMatchObject({ code })
    expect(await bob.waiting()).toEqual([])
  })

  test('does not leave where the account cannot pay for its notice, or has no chain', async () => {
    const poor = await scene({ chain: chainOf({ walletClient: chain.walletAt(5) }) })
    const [first, notice] = [await poor.alice.conversations.new(poor.recipient), 'token'] as const
    await expect(first.send('hello', { notice })).rejects.toMatchObject({ code: 'token.balance-too-low' })
    const without = await scene({ chain: undefined })
    for (const notice of ways) {
      const letter = await without.alice.conversations.new(without.recipient)
      await expect(letter.send('hello', { notice })).rejects.toMatchObject({ code: 'chain.missing' })
    }
    expect([...(await poor.bob.waiting()), ...(await without.bob.waiting())]).toEqual([])
  })

  test('is not waited for, nor does it leave, where the chain never says what its notice costs', async () => {
    const asked: (() => void)[] = []
    const request = () => {
      for (const tell of asked) tell()
      return new Promise<never>(() => {})
    }
    const walletClient = { ...chain.walletAt(3), request } as unknown as ChainOptions['walletClient']
    const { bob, recipient, alice } = await scene({ chain: chainOf({ walletClient }) })
    const letter = await alice.conversations.new(recipient)
    for (const step of ['quote', 'send'] as const) {
      const stop = new AbortController()
      asked.push(() => stop.abort(new Error('enough')))
      const options = { notice: 'transfer', signal: stop.signal } as const
      await expect(step === 'quote' ? letter.quote(options) : letter.send('hello', options)).rejects.toThrow('enough')
    }
    expect(await bob.waiting()).toEqual([])
  })

  test('does not leave at a quote that names no such notice, or a cheaper one', async () => {
    const { bob, recipient, alice } = await scene()
    const letter = await alice.conversations.new(recipient)
    const [plain, named] = [await letter.quote(), await letter.quote({ notice: 'transfer' })]
    if (!plain.ok || !named.ok) return expect.fail('It is not quoted.')
    const outdated = { ok: false, code: 'quote.outdated' }
    expect(await letter.send('hello', { notice: 'transfer', quote: plain })).toMatchObject(outdated)
    expect(await letter.send('hello', { notice: 'token', quote: named })).toMatchObject(outdated)
    const cheaper = { ...named, notice: { by: 'transfer', cost: 1n } } as const
    for (const notice of ['transfer', { by: 'transfer', maxCost: 10n ** 18n }] as const) {
      const sending = letter.send('hello', { notice, quote: cheaper })
      await expect(sending).rejects.toMatchObject({ code: 'transfer.cost-too-high' })
    }
    expect(await bob.waiting()).toEqual([])
  })
})

describe('any other message', () => {
  test('takes no notice along, and does not leave with one', async () => {
    const { recipient, alice } = await scene()
    const carol = await network.client(++accounts)
    const refused = { ok: false, code: 'notice.not-for-this' }
    const attended = await alice.conversations.new(carol.address)
    const begun = await alice.conversations.new(recipient)
    await begun.send('hello')
    for (const conversation of [attended, begun]) {
      expect(await conversation.quote({ notice: 'transfer' })).toMatchObject(refused)
      expect(await conversation.send('more', { notice: 'transfer' })).toMatchObject(refused)
    }
    expect([await attended.messages(), await begun.messages()].map(({ length }) => length)).toEqual([0, 1])
    expect(await toldOf(recipient)).toEqual(none)
  })

  test('does not go with the notice of another that is being sent', async () => {
    const { recipient, alice } = await scene()
    const letter = await alice.conversations.new(recipient)
    const both = await Promise.all(['one', 'two'].map((text) => letter.send(text, { notice: 'transfer' })))
    expect(both).toMatchObject([
      { ok: true, notice: { ok: true } },
      { ok: false, code: 'notice.not-for-this' },
    ])
    expect(await toldOf(recipient)).toEqual({ ...none, transfer: 1 })
  })
})

describe('a message behind a letter', () => {
  const refused = { ok: false, code: 'notice.not-for-this' }

  test.each([
    ['before it left', 'publishing', 'hello'],
    ['after it left', 'published', long],
  ])(
    'takes no notice along where the letter was to have one, failed %s, and went on without',
    async (_, kind, text) => {
      const { state, recipient, letter } = await cutOff()
      const onProgress = (event: ClientEvent) => {
        if (event.kind === kind) state.fails = true
      }
      const sending = letter.send(text, { notice: 'transfer', onProgress })
      await expect(sending).rejects.toMatchObject({ code: 'node.unavailable' })
      state.fails = false
      expect(await letter.send(text)).toMatchObject({ ok: true })
      expect(await letter.send('more', { notice: 'transfer' })).toMatchObject(refused)
      expect(await toldOf(recipient)).toEqual(none)
    },
  )
})

describe('a notice that fails when the letter is out', () => {
  /** A wallet that cannot sign any more, once it is told to. */
  function failingWallet() {
    const [own, state] = [chain.walletAt(3), { fails: false }]
    const prepareTransactionRequest = (request: never) =>
      state.fails ? Promise.reject(new Error('The wallet is gone.')) : own.prepareTransactionRequest(request)
    return { state, walletClient: { ...own, prepareTransactionRequest } as unknown as ChainOptions['walletClient'] }
  }

  test.each(ways)('is said beside the letter, and can be sent by itself, by %s', async (by) => {
    const { state, walletClient } = failingWallet()
    const { bob, recipient, alice } = await scene({ chain: chainOf({ walletClient }) })
    const letter = await alice.conversations.new(recipient)
    const onProgress = (event: ClientEvent) => {
      if (event.kind === 'published') state.fails = true
    }
    const sent = await letter.send('hello', { notice: by, onProgress })
    expect(sent).toMatchObject({
      ok: true,
      notice: { ok: false, by, code: 'payment.failed', message: expect.stringMatching(/gone/) },
    })
    state.fails = false
    expect(await letter.send('and more', { notice: by })).toMatchObject({ ok: false, code: 'notice.not-for-this' })
    await (by === 'token' ? alice.notices.send(recipient) : alice.notices.send(recipient, { by }))
    expect(await toldOf(recipient)).toEqual({ ...none, [by]: 1 })
    expect([await bob.waiting(), await letter.messages()].map(({ length }) => length)).toEqual([1, 1])
  })

  test('because gas has become dearer than was agreed to is not sent, unless the caller allows that', async () => {
    const dearer = async () => {
      const { baseFeePerGas } = await chain.publicClient.getBlock()
      await chain.testClient.setNextBlockBaseFeePerGas({ baseFeePerGas: 4n * (baseFeePerGas ?? 0n) + 10n ** 9n })
      await chain.testClient.mine({ blocks: 1 })
    }
    for (const [notice, outcome] of [
      ['transfer', { ok: false, code: 'transfer.cost-too-high' }],
      [{ by: 'transfer', maxCost: 10n ** 18n }, { ok: true }],
    ] as const) {
      let risen: Promise<void> | undefined
      const own = chain.walletAt(3)
      const request = async (asked: never) => {
        await risen
        return own.request(asked)
      }
      const walletClient = { ...own, request } as unknown as ChainOptions['walletClient']
      const { recipient, alice } = await scene({ chain: chainOf({ walletClient }) })
      const onProgress = (event: ClientEvent) => {
        if (event.kind === 'published') risen = dearer()
      }
      const letter = await alice.conversations.new(recipient)
      expect(await letter.send('hello', { notice, onProgress })).toMatchObject({ ok: true, notice: outcome })
    }
  })

  test('is none that its signal has ended: the letter is out, and the call says so', async () => {
    const { bob, recipient, alice } = await scene()
    const stop = new AbortController()
    const onProgress = (event: ClientEvent) => {
      if (event.kind === 'chain' && event.step.kind === 'simulated') stop.abort(new Error('enough'))
    }
    const letter = await alice.conversations.new(recipient)
    const sent = await letter.send('hello', { notice: 'transfer', onProgress, signal: stop.signal })
    expect(sent).toMatchObject({ ok: true, notice: { ok: false, by: 'transfer', code: 'notice.stopped' } })
    expect(await bob.waiting()).toHaveLength(1)
    expect(await toldOf(recipient)).toEqual(none)
  })

  test('and is not tried, where what followed the letter failed, comes with the next call', async () => {
    const { state, bob, recipient, letter } = await cutOff()
    const onProgress = (event: ClientEvent) => {
      if (event.kind === 'published') state.fails = true
    }
    await expect(letter.send(long, { notice: 'transfer', onProgress })).rejects.toMatchObject({
      code: 'node.unavailable',
    })
    expect([(await bob.waiting()).length, letter.isNew]).toEqual([1, false])
    expect(await toldOf(recipient)).toEqual(none)
    state.fails = false
    expect(await letter.send(long, { notice: 'transfer' })).toMatchObject({ ok: true, notice: { ok: true } })
    expect(await toldOf(recipient)).toEqual({ ...none, transfer: 1 })
  })
})

describe('a client that is killed', () => {
  test('between letter and notice tells nobody twice when it is begun again', async () => {
    const { recipient, alice, options, who } = await scene()
    await (await alice.conversations.new(recipient)).send('hello')
    await alice.close()
    const again = await network.client(who, options)
    const letter = await again.conversations.new(recipient)
    expect(letter.isNew).toBe(false)
    expect(await letter.send('hello', { notice: 'transfer' })).toMatchObject({ code: 'notice.not-for-this' })
    await again.notices.send(recipient, { by: 'transfer' })
    expect(await toldOf(recipient)).toEqual({ ...none, transfer: 1 })
  })

  test('after the notice has left, and before anybody has heard of it, goes on with that', async () => {
    const own = chain.walletAt(3)
    let hasLeft = () => {}
    const left = new Promise<void>((resolve) => (hasLeft = resolve))
    const sendRawTransaction = async (sent: never) => {
      await own.sendRawTransaction(sent)
      hasLeft()
      return new Promise<never>(() => {})
    }
    const walletClient = { ...own, sendRawTransaction } as unknown as ChainOptions['walletClient']
    const { recipient, alice, options, who } = await scene({ chain: chainOf({ walletClient }) })
    void (await alice.conversations.new(recipient)).send('hello', { notice: 'transfer' })
    await left
    const again = await network.client(who, { ...options, chain: chainOf() })
    await again.notices.send(recipient, { by: 'transfer' })
    expect(await toldOf(recipient)).toEqual({ ...none, transfer: 1 })
  })
})

describe('a notice by itself', () => {
  test('of two clients of one storage at once is one', async () => {
    const { recipient, alice, options, who } = await scene()
    const other = await network.client(who, options)
    const both = await Promise.all([alice, other].map((one) => one.notices.send(recipient, { by: 'transfer' })))
    expect(new Set(both.map(({ hash }) => hash)).size).toBe(1)
    expect(await toldOf(recipient)).toEqual({ ...none, transfer: 1 })
  })

  test('can come from another wallet than the one that pays for letters', async () => {
    const { recipient, alice } = await scene()
    const walletClient = chain.walletAt(6)
    const { hash } = await alice.notices.send(recipient, { by: 'transfer', walletClient })
    const { from } = await chain.publicClient.getTransaction({ hash })
    expect(from).toBe(walletClient.account.address.toLowerCase())
    const letter = await alice.conversations.new(recipient)
    const sent = await letter.send('hello', { notice: { by: 'transfer', walletClient } })
    if (!sent.ok || !sent.notice?.ok) return expect.fail('No notice was sent.')
    expect((await chain.publicClient.getTransaction({ hash: sent.notice.hash })).from).toBe(from)
  })

  test('is sent without a contract of notices and a token, by transfer', async () => {
    const { publicClient } = chain
    const { recipient, alice } = await scene({ chain: { publicClient, walletClient: chain.walletAt(3) } })
    await alice.notices.send(recipient, { by: 'transfer', value: 2n })
    expect(await toldOf(recipient)).toEqual({ ...none, transfer: 2 })
    await expect(alice.notices.send(recipient)).rejects.toMatchObject({ code: 'chain.missing' })
  })

  test('asks the node for nothing, and shows it nothing', async () => {
    const { recording, client } = await network.watched(++accounts, { chain: chainOf() })
    await client.conversations.list() // what a new client reads by itself has come
    recording.take()
    const { address } = privateKeyToAccount(generatePrivateKey())
    await client.notices.quote(address, { by: 'transfer' })
    await client.notices.send(address, { by: 'transfer' })
    await client.notices.send(address)
    await client.notices.link(address)
    expect(recording.take()).toEqual([])
  })
})

describe('a link', () => {
  test('is the same of every account of a network, and leads to the own node where the network names no page', async () => {
    const { recipient, alice } = await scene()
    const { alice: other } = await scene()
    expect(await alice.notices.link(recipient)).toBe(mailLink({ page: mailPage, account: recipient }))
    expect(await other.notices.link(recipient)).toBe(await alice.notices.link(recipient))
    const { alice: plain } = await scene({ network: { requestBits: 1 } })
    const page = `${network.url}/app/mail.html`
    expect(await plain.notices.link(recipient)).toBe(mailLink({ page, account: recipient }))
  })

  test('is made for no page that could be anybody’s, and no transfer with it', async () => {
    const { recipient, alice } = await scene({ network: { requestBits: 1, mailPage: 'http://pennypost.example/' } })
    const refused = { code: 'mail-link.malformed' }
    await expect(alice.notices.link(recipient)).rejects.toMatchObject(refused)
    await expect(alice.notices.send(recipient, { by: 'transfer' })).rejects.toMatchObject(refused)
    expect(await toldOf(recipient)).toEqual(none)
  })
})
