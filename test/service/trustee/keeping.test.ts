import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningTrustee } from '../../../service/trustee/index.ts'
import { keyringOf } from '../../helpers/accounts.ts'
import { claimOf } from '../../helpers/deposits.ts'
import { countOf, hear, said, startTrusteeNetwork, type TrusteeNetwork } from '../../helpers/trustee-network.ts'

const day = 86_400
let network: TrusteeNetwork
let trustee: RunningTrustee

beforeAll(async () => {
  network = await startTrusteeNetwork()
  trustee = await network.start()
})
afterAll(() => network.close())

const now = () => BigInt(Math.floor(Date.now() / 1000))
const inDays = (days: number) => now() + BigInt(days * day)
const held = (at = trustee) => countOf(at, 'pennypost_deposits ')
const changed = () => countOf(trustee, 'pennypost_deposits_changed_total')
type Made = Awaited<ReturnType<TrusteeNetwork['depositAt']>>
const claim = async ({ channel, deposit, keyring }: Made, byte: number) =>
  channel.say(await claimOf(byte, [deposit.letter], keyring))
const codesOf = async (made: Made) => ((await said(made, 'refused')) as { code: string }[]).map(({ code }) => code)

describe('a claim that is repeated', () => {
  test('gets the answer that was given, not too often, and another identity key gets none', async () => {
    const made = await network.depositAt(trustee, 0x71)
    await network.appear(made.keyring)
    for (let i = 0; i < 3; i++) await claim(made, 0x71)
    const rotated = await keyringOf(0x71)
    await network.appear(rotated)
    await claim({ ...made, keyring: rotated }, 0x71)
    await expect.poll(() => codesOf(made)).toEqual(['escrow.released'])
    expect(await said(made, 'share')).toHaveLength(2)
    network.clock.ahead += 61
    await claim(made, 0x71)
    const shares = await hear<{ sealed: Uint8Array }>(made, 'share', 3)
    expect(new Set(shares.map(({ sealed }) => Buffer.from(sealed).toString('hex'))).size).toBe(1)
    expect(await countOf(trustee, 'pennypost_claims_answered_total')).toBe(1)
  })

  test('is kept once, and for eight identity keys at most', async () => {
    const made = await network.depositAt(trustee, 0x72)
    for (let i = 0; i < 9; i++) {
      const keyring = await keyringOf(0x72)
      await claim({ ...made, keyring }, 0x72)
      if (i === 0) await claim({ ...made, keyring }, 0x72)
    }
    await claim(made, 0x72)
    const refused = () => countOf(trustee, 'pennypost_claims_refused_total', 'release.key-unknown')
    await expect.poll(refused).toBe(11)
    network.clock.ahead += 61
    await expect.poll(refused).toBe(19)
    await network.appear(made.keyring)
    await claim(made, 0x72)
    expect(await hear(made, 'share')).toHaveLength(1)
  })
})

describe("a depositor's word", () => {
  test('moves the end, where it is the newest and not beyond what the trustee keeps', async () => {
    const before = await changed()
    const made = await network.depositAt(trustee, 0x73)
    await network.appear(made.keyring)
    await made.channel.say(made.change(inDays(60), 3))
    for (const version of [1, 2, 3]) await made.channel.say(made.change(inDays(1), version))
    await made.channel.say(made.change(0n, 2))
    await made.channel.say(made.change(inDays(401), 4))
    await made.channel.say(made.change(inDays(401), 4)) // by who has the header, perhaps
    await made.channel.say(made.change(inDays(402), 9, new Uint8Array(32).fill(9)))
    await made.channel.say(made.change(1n, 5))
    await made.channel.say(made.change(inDays(1), 6, new Uint8Array(32).fill(9)))
    await made.channel.say(made.change(inDays(61), 7))
    await expect.poll(changed).toBe(before + 2)
    const refused = await hear<{ version: number; latest: bigint }>(made, 'endRefused')
    expect(refused.map(({ version }) => version)).toEqual([4])
    expect(Math.abs(Number((refused[0]?.latest ?? 0n) - inDays(400)))).toBeLessThan(600)
    network.clock.ahead += 45 * day // it would have ended after 30
    await trustee.sweep()
    await claim(made, 0x73)
    expect(await hear(made, 'share')).toHaveLength(1)
    await made.channel.say(made.change(0n, 8))
    await made.channel.say(made.change(inDays(50), 9))
    network.clock.ahead += 17 * day
    await expect.poll(() => trustee.sweep().then(() => held())).toBe(0)
    expect(await changed()).toBe(before + 2)
    network.clock.ahead = 0
  })

  test.each([
    [0x91, 60, 40],
    [0x92, 40, 60],
  ])('and another that is as new leave the later end, whichever is heard first', async (byte, first, second) => {
    const made = await network.depositAt(trustee, byte)
    await network.appear(made.keyring)
    const before = await changed()
    for (const days of [first, second, first]) await made.channel.say(made.change(inDays(days), 3))
    await made.channel.say(made.change(inDays(second), 4, new Uint8Array(32).fill(9)))
    await expect.poll(changed).toBe(before + (first > second ? 1 : 2))
    network.clock.ahead += 50 * day
    await trustee.sweep()
    await claim(made, byte)
    expect(await hear(made, 'share')).toHaveLength(1)
    network.clock.ahead = 0
  })

  test('that takes a deposit back does so beside an end that is as new, too', async () => {
    const made = await network.depositAt(trustee, 0x93)
    await network.appear(made.keyring)
    const before = await changed()
    await made.channel.say(made.change(inDays(60), 3))
    await made.channel.say(made.change(0n, 0xffff_ffff))
    await expect.poll(changed).toBe(before + 2)
    await claim(made, 0x93)
    await expect.poll(() => codesOf(made)).toEqual(['escrow.withdrawn'])
  })

  test('holds, too, where it was said before the deposit came', async () => {
    const before = await changed()
    const keyring = await keyringOf(0x7a)
    await network.depositAt(trustee, 0x7d).then((made) => claim(made, 0x7d)) // what is listened to already is further on
    const made = await network.depositor.make(keyring.identity.address)
    await made.channel.say(made.change(0n, 1))
    const later = await network.depositAt(trustee, 0x7e)
    await claim(later, 0x7e)
    await hear(later, 'refused')
    await network.depositor.send(trustee.address, made.deposit)
    await expect.poll(changed).toBe(before + 1)
  })

  test('holds behind 300 others that it had said before, which hold up no other depositor', async () => {
    const before = await changed()
    const [loud, quiet] = [await keyringOf(0x94), await keyringOf(0x95)]
    const made = await network.depositor.make(loud.identity.address)
    for (let i = 0; i < 300; i++) await made.channel.say(await claimOf(0x94, [made.deposit.letter], loud))
    const other = await network.depositor.make(quiet.identity.address)
    await made.channel.say(made.change(0n, 0xffff_ffff))
    const later = await network.depositAt(trustee, 0x96) // what is listened to already is further on
    await claim(later, 0x96)
    await hear(later, 'refused')
    await Promise.all([made, other].map(({ deposit }) => network.depositor.send(trustee.address, deposit)))
    await hear(other, 'acknowledgement')
    expect(await said(made, 'acknowledgement')).toHaveLength(0)
    expect(await changed()).toBe(before)
    await expect.poll(changed, { timeout: 60_000 }).toBe(before + 1)
  }, 120_000)

  test('takes the share back for good, whatever it says later', async () => {
    const made = await network.depositAt(trustee, 0x74)
    await network.appear(made.keyring)
    await made.channel.say(made.change(0n, 1))
    await made.channel.say(made.change(inDays(90), 2))
    await claim(made, 0x74)
    await expect.poll(() => codesOf(made)).toEqual(['escrow.withdrawn'])
    expect(await said(made, 'share')).toEqual([])
  })
})

describe('what has ended', () => {
  test('is handed out until a second before, refused from then on, and deleted', async () => {
    const expiresAt = inDays(29)
    const [first, second] = [
      await network.depositAt(trustee, 0x75, { expiresAt }),
      await network.depositAt(trustee, 0x76, { expiresAt }),
    ]
    for (const { keyring } of [first, second]) await network.appear(keyring)
    const before = await held()
    network.clock.at = Number(expiresAt) - 0.001
    await trustee.sweep()
    expect(await held()).toBe(before)
    await claim(first, 0x75)
    await hear(first, 'share')
    network.clock.at = Number(expiresAt)
    await claim(second, 0x76)
    await expect.poll(() => codesOf(second)).toEqual(['escrow.expired'])
    await trustee.sweep()
    expect(await held()).toBe(before - 2)
    network.clock.at = undefined
  })
})

test('what has ended is deleted within the hour, by itself', async () => {
  const fresh = await network.start({ walletKey: `0x${'7e'.repeat(32)}` })
  await network.depositAt(fresh, 0x7b, { expiresAt: now() + 1_800n })
  await network.depositAt(fresh, 0x7c, { expiresAt: now() + 7_200n })
  expect(await held(fresh)).toBe(2)
  network.clock.ahead = 3_601
  await expect.poll(() => held(fresh)).toBe(1)
  network.clock.ahead = 0
})

describe('a trustee that is full', () => {
  test('holds no more for one recipient, nor in all, until something ends', async () => {
    const small = await network.start({ mostDeposits: 2, mostOfRecipient: 1 })
    const attempt = async (byte: number) => {
      const made = await network.depositor.make((await keyringOf(byte)).identity.address, { expiresAt: inDays(2) })
      await network.depositor.send(small.address, made.deposit)
      return made
    }
    await hear(await attempt(0x77), 'acknowledgement')
    expect(await hear(await attempt(0x77), 'refused')).toMatchObject([{ code: 'deposit.full' }])
    await hear(await attempt(0x78), 'acknowledgement')
    expect(await hear(await attempt(0x79), 'refused')).toMatchObject([{ code: 'deposit.full' }])
    expect(await held(small)).toBe(2)
    network.clock.ahead = 2 * day
    await small.sweep()
    network.clock.ahead = 0
    await hear(await attempt(0x77), 'acknowledgement')
    await hear(await attempt(0x79), 'acknowledgement')
  })
})
