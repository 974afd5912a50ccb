import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Consents } from '../../../sdk/client/mailbox/consents.ts'
import { createClock } from '../../../sdk/client/session/clock.ts'
import { type Address, fromHex, randomBytes, toAddress } from '../../../sdk/crypto/index.ts'
import { createKeyring } from '../../../sdk/identity/index.ts'
import type { Client, Conversation } from '../../../sdk/index.ts'
import { type LightNetwork, startLightNetwork, write } from '../../helpers/light-network.ts'
import { createStockApp } from '../../helpers/stock.ts'
import { bob } from '../../helpers/world.ts'

describe('a conversation that is declined', () => {
  let network: LightNetwork
  let [ann, other, dora] = [] as unknown as [Client, Client, Client]
  let [theirs, declined] = [] as unknown as [Conversation, Conversation]
  let byte = 20

  beforeAll(async () => {
    network = await startLightNetwork()
  })
  afterAll(() => network?.close())

  /** Ann has two clients, and has declined what Dora has begun. */
  beforeEach(async () => {
    byte += 2
    ann = await network.client(byte)
    other = await network.client(byte)
    dora = await network.client(byte + 1)
    await write(dora, ann, 'Buy this.')
    ;[theirs] = (await dora.conversations.list()) as [Conversation]
    ;[declined] = (await ann.conversations.list({ consent: 'unknown' })) as [Conversation]
    expect(await declined.decline()).toEqual({ ok: true })
  })

  const topicsOf = async (client: Client, consent?: 'unknown' | 'allowed' | 'denied' | 'declined' | 'any') =>
    (await client.conversations.list({ consent })).map(({ topic }) => topic)

  test('is listed nowhere but among those, at any client, and its account is not denied', async () => {
    for (const client of [ann, other, await network.client(byte)]) {
      for (const consent of [undefined, 'unknown', 'allowed', 'denied'] as const)
        expect(await topicsOf(client, consent)).toEqual([])
      for (const consent of ['declined', 'any'] as const)
        expect(await topicsOf(client, consent)).toEqual([theirs.topic])
      expect(await client.consent(dora.address)).toBe('unknown')
    }
  })

  test('is not heard of, and its stranger is neither told nor kept from beginning another', async () => {
    const stream = await ann.streamAllMessages()
    const single = await declined.stream()
    expect(await theirs.send('Do you read me?')).toMatchObject({ ok: true })
    await write(dora, ann, 'Once more.', 'another')
    expect((await stream.next()).value?.content).toBe('Once more.')
    const [second] = await ann.conversations.list({ consent: 'unknown' })
    await second!.decline() // while it is listened to
    const more = (await dora.conversations.list()).find(({ topic }) => topic === second!.topic)
    expect(await more!.send('And this?')).toMatchObject({ ok: true })
    await write(dora, ann, 'A last time.', 'a third')
    expect((await stream.next()).value?.content).toBe('A last time.')
    await declined.send('Yes.')
    await theirs.send('At last.')
    const heard: unknown[] = []
    for await (const { content } of single) if (heard.push(content) && content === 'At last.') break
    expect(heard).not.toContain('Do you read me?')
  })

  test.each<[string, () => Promise<unknown>]>([
    ['its account is allowed', () => ann.allow(dora.address)],
    ['it is answered', () => declined.send('Well, then.')],
    ['its account is written to', () => write(ann, dora, 'Hello.')],
  ])('is shown again when %s', async (_, act) => {
    await act()
    for (const client of [ann, other, await network.client(byte)]) {
      expect(await topicsOf(client)).toEqual([theirs.topic])
      expect(await topicsOf(client, 'declined')).toEqual([])
    }
  })

  test('of an account that is blocked is blocked, and not declined', async () => {
    expect(await ann.block(dora.address)).toMatchObject({ ok: true })
    expect(await topicsOf(other, 'denied')).toEqual([theirs.topic])
    expect(await topicsOf(other, 'declined')).toEqual([])
  })

  test('is one like any other for a stock app of the account', async () => {
    const app = await createStockApp(`0x${byte.toString(16).padStart(2, '0').repeat(32)}`, { url: network.url })
    await app.contacts.refreshConsentList()
    expect(app.contacts.isDenied(dora.address)).toBe(false)
    await app.contacts.deny([dora.address])
    expect(await ann.consent(dora.address)).toBe('denied')
    await app.close()
  })
})

test('a conversation that is declined takes none of another account with it that has chosen the same topic', async () => {
  const consents = new Consents({
    named: { publish: async () => undefined },
    keyring: createKeyring(bob),
    clock: createClock(() => 1_750_000_000, randomBytes),
    random: randomBytes,
    sealed: { get: async () => undefined, set: async () => true },
    blocks: { known: () => ({ blocks: [] }) },
  } as never)
  const [one, another] = ['11', '22'].map((byte) => threadOf(toAddress(hexBytes(byte))))
  expect(await consents.decline(one!)).toEqual({ ok: true })
  expect([one!, another!].map((thread) => consents.isDeclined(thread))).toEqual([true, false])
})

const threadOf = (peer: Address) => ({ kind: 'invitation', topic: '/xmtp/0/m-1/proto', peer }) as const
const hexBytes = (byte: string) => fromHex(byte.repeat(20))

describe('a request', () => {
  let network: LightNetwork
  beforeAll(async () => {
    network = await startLightNetwork()
  })
  afterAll(() => network?.close())

  const stateOf = async (client: Client) => (await client.conversations.list()).map(({ isRequest }) => isRequest)

  test('is what a stranger has begun, until it is answered, whoever writes last and at whatever client', async () => {
    const [ann, dora] = [await network.client(60), await network.client(61)]
    await write(dora, ann, 'Do you know me?')
    expect([await stateOf(ann), await stateOf(dora)]).toEqual([[true], [false]])
    const [answering] = await ann.conversations.list()
    await answering?.send('No.')
    const [begun] = await dora.conversations.list()
    expect(await begun?.send('Now you do.')).toMatchObject({ ok: true })
    expect([await stateOf(ann), await stateOf(await network.client(60))]).toEqual([[false], [false]])
    expect([await stateOf(dora), await stateOf(await network.client(61))]).toEqual([[false], [false]])
    expect(await ann.consent(dora.address)).toBe('unknown')
  })

  test('is none of an account that is allowed, or where nothing is written yet', async () => {
    const [ann, dora] = [await network.client(62), await network.client(63)]
    expect((await ann.conversations.new(dora.address)).isRequest).toBe(false)
    await write(dora, ann, 'Let me in.')
    expect(await stateOf(ann)).toEqual([true])
    await ann.allow(dora.address)
    expect(await stateOf(ann)).toEqual([false])
  })
})
