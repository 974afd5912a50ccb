import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { pause } from '../../../sdk/async.ts'
import { encodeBundle, type ReleaseInit } from '../../../sdk/codec/index.ts'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import { sealOnChannel } from '../../../sdk/escrow/index.ts'
import { createIdentity } from '../../../sdk/identity/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { type LightNetwork, startLightNetwork } from '../../helpers/light-network.ts'
import { makeUnattended } from '../../helpers/unattended.ts'

// Whoever has a letter's header can write on its channel, under the same lane as its reader.

let network: LightNetwork
const terms = { network: { requestBits: 1, unattendedRule: 'work 1' } }

beforeAll(async () => {
  network = await startLightNetwork({ unattendedRule: parseRule('work 1') })
})
afterAll(() => network?.close())

const soon = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 100 })
const textIn = (body: Uint8Array) => new TextDecoder().decode(body)

/** A letter of an account that watches what it sends, and its reader, who has published keys. */
async function meet(who: number, more: Parameters<LightNetwork['client']>[1] = {}) {
  const bob = await makeUnattended(network.url)
  const { client, recording } = await network.watched(who, { ...terms, ...more })
  const sent = await (await client.conversations.new(bob.account.address)).send('hello')
  if (!sent.ok) throw new Error(sent.code)
  await bob.publishKeys()
  const { channel, escrow } = await bob.onlyLetter()
  const claim = (release: ReleaseInit, bundle = encodeBundle(bob.identity.bundle)) =>
    bob.put(sealOnChannel({ case: 'claim', value: { release, bundle } }, channel, randomBytes))
  const share = () => soon(async () => (await bob.share()) ?? expect.fail('no share yet'))
  const refusals = async () =>
    (await bob.answers()).flatMap((kind) => (kind.case === 'refused' ? [kind.value.code] : []))
  return { bob, client, recording, channel, letter: escrow.letter, claim, share, refusals }
}

describe('an honest claim is answered', () => {
  test('that comes while a false one with the same release is being refused', async () => {
    const { bob, recording, channel, letter, claim, share, refusals } = await meet(0x31)
    const release = await bob.release([letter])
    let isHeld = false
    let letGo = () => {}
    const comes = new Promise<undefined>((resolve) => {
      letGo = () => resolve(undefined)
    })
    recording.meddle((url, body) => {
      if (!url.endsWith('/v1/publish') || !textIn(body).includes(channel.topic)) return undefined
      isHeld = true
      return comes
    })
    await claim(release, randomBytes(300))
    await soon(async () => expect(isHeld).toBe(true))
    await claim(release)
    await new Promise((resolve) => setTimeout(resolve, 500)) // it has come by now
    letGo()
    await share()
    expect(await refusals()).toEqual(['release.key-unknown'])
  })

  test.each([
    ['before', 0x32],
    ['behind', 0x33],
  ])('that comes %s false signatures, other accounts, old keys and other letters', async (place, who) => {
    const { bob, letter, claim, share, refusals } = await meet(who)
    const [release, other] = [await bob.release([letter]), await makeUnattended(network.url)]
    const old = await createIdentity(bob.account, { createdMs: 1n })
    const flood = async () => {
      for (let i = 0; i < 5; i++) await claim({ ...release, signature: randomBytes(65) })
      await claim({ ...(await other.release([letter])) })
      await claim({ ...(await other.release([letter])), account: release.account })
      await claim(await bob.release([letter], old), encodeBundle(old.bundle))
      await claim(await bob.release([letter], old))
      await claim({ ...(await bob.release([letter], old)), identityKey: release.identityKey })
      await claim(await bob.release([randomBytes(32)]))
      await claim({ ...(await bob.release([randomBytes(32)])), letters: [letter] })
    }
    if (place === 'behind') await flood()
    await claim(release)
    if (place === 'before') await flood()
    await share()
    await soon(async () => expect(await refusals()).toEqual(['release.key-unknown'])) // what nobody has signed has no answer
  })
})

test('an honest claim that comes before the keys of its account is answered within seconds of them, and not asked again', async () => {
  const bob = await makeUnattended(network.url)
  const rests: number[] = []
  const sleep = (ms: number, signal?: AbortSignal) => {
    rests.push(ms)
    return pause(ms === 32_000 ? ms : Math.min(ms, 300), signal)
  }
  const client = await network.client(0x37, { ...terms, sleep })
  expect(await (await client.conversations.new(bob.account.address)).send('hello')).toMatchObject({ ok: true })
  const codes = async () =>
    (await bob.answers()).map((kind) => (kind.case === 'refused' ? kind.value.code : kind.case)).sort()
  const { channel, escrow } = await bob.onlyLetter()
  const release = await bob.release([escrow.letter])
  const value = { release, bundle: randomBytes(300) } // by who repeats it with another bundle, and would use up the looks
  await bob.put(sealOnChannel({ case: 'claim', value }, channel, randomBytes))
  await bob.claim()
  await soon(async () => expect(await codes()).toEqual(['release.key-unknown']))
  await bob.claim() // repeated, it is looked at no oftener
  await bob.publishKeys()
  await soon(async () => expect(await codes()).toEqual(['release.key-unknown', 'share']))
  expect(rests.filter((ms) => ms === 1_000)).toHaveLength(1)
})

test('a claim by a key that the account never shows is looked at seven times, and no oftener', async () => {
  const bob = await makeUnattended(network.url)
  const sleep = (ms: number, signal?: AbortSignal) => pause(Math.min(ms, 20), signal)
  const { client, recording } = await network.watched(0x38, { ...terms, sleep })
  expect(await (await client.conversations.new(bob.account.address)).send('hello')).toMatchObject({ ok: true })
  const contact = `contact-${bob.account.address}`
  const looks = () => recording.sent.filter(({ body }) => textIn(body).includes(contact)).length
  recording.take()
  await bob.claim()
  await soon(async () => expect(looks()).toBe(7))
  for (let i = 0; i < 3; i++) await bob.claim()
  await soon(async () => expect(looks()).toBe(10)) // each claim once more, and no row of looks
  await pause(500)
  expect(looks()).toBe(10)
  expect(await bob.answers()).toHaveLength(1)
})

test('a refusal is said once to each identity key, however often it is asked for', async () => {
  const { bob, letter, claim, share, refusals } = await meet(0x34)
  const keys = await Promise.all([1n, 2n].map((createdMs) => createIdentity(bob.account, { createdMs })))
  for (const old of [...keys, ...keys, ...keys])
    await claim(await bob.release([letter], old), encodeBundle(bob.identity.bundle))
  const release = await bob.release([letter])
  for (let i = 0; i < 4; i++) await claim(release, randomBytes(300))
  await claim(release)
  await share()
  expect(await refusals()).toEqual(Array(3).fill('release.key-unknown'))
})

test('a share that its reader has not seen is handed out again, to who asks an hour later and not before', async () => {
  let seconds = 0
  const { bob, letter, claim, share } = await meet(0x35, { now: () => Date.now() / 1000 + seconds })
  const release = await bob.release([letter])
  const shares = async () => (await bob.answers()).filter((kind) => kind.case === 'share').length
  await claim(release)
  await share()
  seconds = 3500
  await claim(release)
  const other = await createIdentity(bob.account, { createdMs: 1n })
  await claim(await bob.release([letter], other)) // refused, so what came before it was looked at
  await soon(async () => expect(await bob.answers()).toHaveLength(2))
  expect(await shares()).toBe(1)
  seconds = 3700
  await claim(release)
  await soon(async () => expect(await shares()).toBe(2))
})
