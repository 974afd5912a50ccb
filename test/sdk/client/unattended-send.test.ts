import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClientEvent } from '../../../sdk/index.ts'
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

const hour = 3_600
const textIn = (payload: Uint8Array) => new TextDecoder().decode(payload)

describe('a letter to an account that has published no keys', () => {
  test('is quoted with what it takes and who could read it, and leaves', async () => {
    const bob = await makeUnattended(network.url)
    const alice = await network.client(0x11, terms)
    const conversation = await alice.conversations.new(bob.account.address)
    expect(conversation).toMatchObject({ isNew: true, path: 'sealed', kind: 'letter' })
    const quote = await conversation.quote()
    expect(quote).toMatchObject({ ok: true, price: 0n, unattended: { escrow: 'sender', trustees: [] } })
    const { keptUntil = 0 } = (quote.ok && quote.unattended) || {}
    expect(keptUntil - Date.now() / 1000).toBeGreaterThan(363 * 86_400)
    const told: ClientEvent[] = []
    const onProgress = (event: ClientEvent) => void told.push(event)
    expect(await conversation.send('hello', { escrow: 'sender', onProgress })).toMatchObject({
      ok: true,
      path: 'sealed',
    })
    expect(told).toContainEqual({ kind: 'published', what: 'letter' })
    expect(await bob.waiting()).toHaveLength(1)
    expect(await conversation.send('and more')).toMatchObject({ ok: true, price: 0n })
    expect(await bob.waiting()).toHaveLength(1)
    expect((await conversation.messages()).map(({ content }) => content)).toEqual(['hello', 'and more'])
  })

  test('is kept for as many days as are chosen, to the last full hour, and for no others', async () => {
    const bob = await makeUnattended(network.url)
    const alice = await network.client(0x1a, terms)
    const conversation = await alice.conversations.new(bob.account.address)
    for (const days of [0, -1, 1.5, 366, Number.NaN])
      await expect(conversation.quote({ escrow: { days } })).rejects.toMatchObject({ code: 'escrow.malformed' })
    const [before, quote] = [Date.now() / 1000, await conversation.quote({ escrow: { days: 1 } })]
    const { keptUntil = 0, escrow } = (quote.ok && quote.unattended) || {}
    expect(escrow).toBe('sender')
    expect(keptUntil % hour).toBe(0)
    expect(keptUntil).toBeGreaterThan(before + 23 * hour - 1)
    expect(keptUntil).toBeLessThanOrEqual(before + 24 * hour + 1)
    const longer = await conversation.quote({ escrow: { days: 2 } })
    const days = ((longer.ok && longer.unattended?.keptUntil) || 0) - keptUntil
    expect([24 * hour, 25 * hour]).toContain(days) // an hour may have ended meanwhile
    expect(await conversation.send('hello', { escrow: { days: 1 } })).toMatchObject({ ok: true })
    expect([keptUntil, keptUntil + hour].map(BigInt)).toContain((await bob.onlyLetter()).escrow.expiresAt)
  })

  test('is refused without a lane where the client is told to', async () => {
    const bob = await makeUnattended(network.url)
    const alice = await network.client(0x12, { ...terms, unattended: 'off' })
    await expect(alice.conversations.new(bob.account.address)).rejects.toMatchObject({ code: 'recipient.unknown' })
    const other = await network.client(0x13, terms)
    const never = other.conversations.new(bob.account.address, { unattended: 'off' })
    await expect(never).rejects.toMatchObject({ code: 'recipient.unknown' })
  })

  test('is refused where the account has appeared meanwhile, and another conversation takes its place', async () => {
    const bob = await makeUnattended(network.url)
    const alice = await network.client(0x14, terms)
    const conversation = await alice.conversations.new(bob.account.address)
    const client = await bob.appear(network.options())
    const refused = await conversation.send('hello')
    expect(refused).toMatchObject({ ok: false, code: 'unattended.attended', message: expect.stringMatching(/letter/) })
    const next = await alice.conversations.new(bob.account.address)
    expect(next).not.toBe(conversation)
    expect(await next.send('hello')).toMatchObject({ ok: true })
    expect(await client.conversations.list()).toHaveLength(1)
    await client.close()
  })

  test('that was never out is no conversation for a later run, and one that is, is', async () => {
    const bob = await makeUnattended(network.url)
    const [device, options] = [deviceOf(), terms]
    const first = await network.watched(0x15, { ...device, ...options })
    first.recording.meddle(async (url, body) =>
      url.endsWith('/v1/publish') && textIn(body).includes('unattended-')
        ? new Response('{"code":"node.unavailable"}', { status: 403 })
        : undefined,
    )
    const conversation = await first.client.conversations.new(bob.account.address)
    await conversation.send('lost').catch(() => undefined)
    expect(await bob.waiting()).toHaveLength(0)
    await first.client.close()
    const second = await network.client(0x15, { ...device, ...options })
    expect(await second.conversations.list()).toHaveLength(0)
    expect(await (await second.conversations.new(bob.account.address)).send('hello')).toMatchObject({ ok: true })
    expect(await bob.waiting()).toHaveLength(1)
    await second.close()
    const third = await network.client(0x15, terms)
    const [known] = await third.conversations.list()
    expect(known).toMatchObject({ peerAddress: bob.account.address, isNew: false })
    expect(await third.conversations.new(bob.account.address)).toBe(known)
    expect(await known?.send('again')).toMatchObject({ ok: true })
  })

  test('is refused where the account was known, and the node hides its keys', async () => {
    const bob = await network.client(0x17, terms)
    const { client, recording } = await network.watched(0x16, terms)
    await client.conversations.new(bob.address)
    const hidden = (url: string, body: Uint8Array) =>
      url.includes('query') && textIn(body).includes(`contact-${bob.address}`)
        ? new Response('{"envelopes":[]}', { headers: { 'content-type': 'application/json' } })
        : undefined
    recording.meddle(hidden)
    const later = await network.client(0x16, { ...terms, fetch: recording.fetch })
    for (const alice of [client, later]) {
      await expect(alice.conversations.new(bob.address)).rejects.toMatchObject({ code: 'recipient.unknown' })
    }
  })
})
