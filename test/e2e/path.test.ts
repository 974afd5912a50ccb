import { generatePrivateKey } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../sdk/index.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import { createRecording } from '../helpers/recording.ts'
import { createStockApp } from '../helpers/stock.ts'

// A node, and a peer, who try to draw a sender out of the sealed path.

let network: TestNetwork
beforeAll(async () => {
  network = await startTestNetwork()
})
afterAll(() => network?.close())

const recording = createRecording()
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Hides what an account has published about letters, from everybody. */
const hidePolicy = ({ address }: Client) =>
  recording.meddle((url, body) => {
    if (!url.endsWith('/query') || !textOf(body).includes(`/policy-${address}`)) return undefined
    return Response.json({ envelopes: [] })
  })

/** Requests that say openly who writes to whom. */
const open = () =>
  recording
    .take()
    .filter(({ url, body }) => url.endsWith('/message/v1/publish') && /\/(invite|intro|m)-/.test(textOf(body)))

/** Tries all that is not leave, and sees that nothing of it left. */
async function expectSealed(conversation: Awaited<ReturnType<Client['conversations']['new']>>) {
  const { isNew } = conversation
  recording.take()
  for (const options of [{}, { path: 'sealed' as const }, { postage: 'none' as const }]) {
    expect(await conversation.send('gm', options)).toMatchObject({ ok: false, code: 'path.visible' })
  }
  expect(open()).toEqual([])
  const quote = await conversation.quote()
  if (!quote.ok) return expect.fail(quote.message)
  expect(quote.path).toBe('visible')
  const sealed = { ...quote, path: 'sealed' as const }
  expect(await conversation.send('gm', { quote: sealed })).toMatchObject({ ok: false, code: 'path.visible' })
  expect(await conversation.send('gm', { quote, path: 'sealed' })).toMatchObject({ code: 'path.visible' })
  expect(open()).toEqual([])
  expect(conversation.isNew).toBe(isNew)
  return quote
}

describe('the sealed path', () => {
  test('is not left for a first letter to an account whose policy the node hides, without leave for each', async () => {
    const [alice, bob] = [await network.client({ fetch: recording.fetch }), await network.client()]
    const stop = hidePolicy(bob)
    const conversation = await alice.conversations.new(bob.address)
    const quote = await expectSealed(conversation)
    expect(await conversation.send('gm', { quote })).toMatchObject({ ok: true, path: 'visible' })
    expect(open().length).toBeGreaterThan(0)
    stop()
  })

  test('is not left to grant a connection to an account whose policy the node hides, without leave', async () => {
    const [alice, bob] = [await network.client({ fetch: recording.fetch }), await network.client()]
    const stop = hidePolicy(bob)
    const lanes = () => recording.take().filter(({ url }) => url.endsWith('/v1/lanes'))
    lanes()
    for (const options of [{}, { path: 'sealed' as const }]) {
      expect(await alice.connections.grant(bob.address, options)).toMatchObject({ ok: false, code: 'path.visible' })
    }
    expect(lanes()).toEqual([])
    expect(await alice.connections.grant(bob.address, { path: 'visible' })).toEqual({ ok: true })
    expect(lanes()).toHaveLength(1)
    stop()
    expect(await alice.connections.grant(bob.address)).toEqual({ ok: true })
    expect(lanes().map(({ body }) => textOf(body).includes(`invite-${alice.address}`))).not.toContain(true)
  })

  test.each(['by the same client', 'by another client of the account'])(
    'is not left for an account that was seen sealed, whose policy is hidden from then on, %s',
    async (whose) => {
      const [purse, bob] = [await network.purse(), await network.client()]
      const first = await network.client({ ...purse, fetch: recording.fetch })
      await first.conversations.new(bob.address) // only looked at, and never written to
      await first.close()
      const alice = whose.includes('another') ? await network.client({ ...purse, fetch: recording.fetch }) : first
      recording.take()
      const stop = hidePolicy(bob)
      await expect(alice.conversations.new(bob.address)).rejects.toMatchObject({ code: 'policy.went-back' })
      expect(open()).toEqual([])
      stop()
    },
  )

  test('is not left for an account whose newer policy is rolled back on the way', async () => {
    const [alice, bob] = [await network.client({ fetch: recording.fetch }), await network.client()]
    const conversation = await alice.conversations.new(bob.address)
    const stop = hidePolicy(bob)
    await expect(conversation.quote()).rejects.toMatchObject({ code: 'policy.went-back' })
    stop()
    expect(await conversation.send('gm', { path: 'sealed' })).toMatchObject({ ok: true, path: 'sealed' })
    expect(open()).toEqual([])
  })

  test.each(['wrote', 'was written to'])(
    'is not left for a stock invitation by a peer who %s in a letter',
    async (who) => {
      const key = generatePrivateKey()
      const [alice, bob] = [await network.client({ fetch: recording.fetch }), await network.client({ key })]
      await alice.policy.set('everyone')
      const [from, to] = who === 'wrote' ? [bob, alice] : [alice, bob]
      expect(await (await from.conversations.new(to.address)).send('gm')).toMatchObject({ ok: true, path: 'sealed' })
      const stock = await createStockApp(key, network.node)
      await (await stock.conversations.newConversation(alice.address)).send('come out')
      const invited = (await alice.conversations.list()).find(({ kind }) => kind === 'invitation')
      if (!invited) return expect.fail('The invitation is not there.')
      const quote = await expectSealed(invited)
      expect(await invited.send('gm', { quote })).toMatchObject({ ok: true, path: 'visible' })
      await expectSealed(invited) // leave is for one message
    },
  )
})
