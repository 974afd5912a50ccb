import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import { sealOnChannel } from '../../../sdk/escrow/index.ts'
import { createIdentity } from '../../../sdk/identity/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { type LightNetwork, startLightNetwork } from '../../helpers/light-network.ts'
import { deviceOf } from '../../helpers/network.ts'
import { makeUnattended } from '../../helpers/unattended.ts'

let network: LightNetwork
const terms = { network: { requestBits: 1, unattendedRule: 'work 1' } }

beforeAll(async () => {
  network = await startLightNetwork({ unattendedRule: parseRule('work 1') })
})
afterAll(() => network?.close())

const soon = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 8000, interval: 100 })

async function send(who: number, to: string, more: object = {}) {
  const client = await network.client(who, { ...terms, ...more })
  const sent = await (await client.conversations.new(to)).send('hello')
  if (!sent.ok) throw new Error(sent.code)
  return client
}

describe('a claim', () => {
  test('by the account is answered by the sender alone, with what opens the letter and says who wrote', async () => {
    const bob = await makeUnattended(network.url)
    const alice = await send(0x21, bob.account.address)
    await bob.publishKeys()
    await bob.claim()
    const secret = await soon(async () => (await bob.share()) ?? expect.fail('no share yet'))
    const { conversation, opened, read } = await bob.open(secret)
    expect(conversation.peer).toBe(alice.address)
    const [own] = await alice.conversations.list()
    expect(new Date(Number(conversation.createdNs / 1_000_000n))).toEqual(own?.createdAt)
    expect(new TextDecoder().decode(read(opened.message).payload)).toContain('hello')
    expect(opened.replyLane?.topic).toBe(conversation.topic)
  })

  test('is answered by a later client of the account that has nothing but the log', async () => {
    const bob = await makeUnattended(network.url)
    await (await send(0x22, bob.account.address)).close()
    await bob.publishKeys()
    await bob.claim()
    expect(await bob.share()).toBeUndefined()
    await network.client(0x22, terms)
    await soon(async () => (await bob.share()) ?? expect.fail('no share yet'))
  })

  test('is answered where the sender fell over right behind the letter, with nothing but its device', async () => {
    const bob = await makeUnattended(network.url)
    const device = deviceOf()
    const steady = { ...device, privacy: { copySeconds: 3600, joinSeconds: 0, prepareSeconds: 0 } }
    await send(0x23, bob.account.address, steady) // no page is written, and the client is never closed properly
    await bob.publishKeys()
    await bob.claim()
    await network.client(0x23, { ...terms, ...device })
    await soon(async () => (await bob.share()) ?? expect.fail('no share yet'))
  })

  test('that names a key which the account has not published gets no share, whoever signed it', async () => {
    const bob = await makeUnattended(network.url)
    await send(0x24, bob.account.address)
    await bob.publishKeys()
    const other = await createIdentity(bob.account, { createdMs: 1n })
    await bob.claim(other)
    const [refused] = await soon(async () => {
      const found = await bob.answers()
      return found.length > 0 ? found : expect.fail('no answer yet')
    })
    expect(refused).toMatchObject({ case: 'refused', value: { code: 'release.key-unknown' } })
    expect(await bob.share()).toBeUndefined()
  })

  test('by two clients at once, and fifty times over among garbage, is answered a few times and no more', async () => {
    const bob = await makeUnattended(network.url)
    const alice = await send(0x25, bob.account.address)
    await network.client(0x25, terms)
    await bob.publishKeys()
    const { channel } = await bob.only()
    for (let i = 0; i < 40; i++) await bob.put(randomBytes(1024))
    for (let i = 0; i < 40; i++) await bob.put(sealOnChannel({ case: 'claim', value: {} }, channel, randomBytes))
    for (let i = 0; i < 20; i++) await bob.claim()
    await soon(async () => (await bob.share()) ?? expect.fail('no share yet'))
    const again = await network.client(0x25, terms)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const shares = (await bob.answers()).filter((kind) => kind.case === 'share')
    expect(shares.length).toBeLessThanOrEqual(3)
    expect((await alice.conversations.list()).length + (await again.conversations.list()).length).toBe(2)
  })
})
