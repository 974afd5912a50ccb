import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EscrowMessageInit } from '../../../sdk/codec/index.ts'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import type { RunningTrustee } from '../../../service/trustee/index.ts'
import { keyringOf } from '../../helpers/accounts.ts'
import { claimOf, type MadeDeposit } from '../../helpers/deposits.ts'
import { countOf, hear, said, startTrusteeNetwork, type TrusteeNetwork } from '../../helpers/trustee-network.ts'

let network: TrusteeNetwork
let trustee: RunningTrustee

beforeAll(async () => {
  network = await startTrusteeNetwork()
  trustee = await network.start()
})
afterAll(() => network.close())

const faults = () => countOf(trustee, 'pennypost_faults_total')
/** Time for twenty of the trustee's looks at what was left undone. */
const beats = () => new Promise((resolve) => setTimeout(resolve, 1_000))

/** What failed once is tried once more after a minute, and once more after two. */
async function expectTriedLater(): Promise<void> {
  await expect.poll(faults).toBeGreaterThan(0)
  await beats()
  const before = await faults()
  await beats()
  expect(await faults()).toBe(before)
  network.clock.ahead += 61
  await expect.poll(faults).toBe(before + 1)
  network.clock.ahead += 61
  await beats()
  expect(await faults()).toBe(before + 1)
  network.clock.ahead += 60
  await expect.poll(faults).toBe(before + 2)
}

/** A deposit whose lane nobody has opened: the node takes nothing under it. */
async function depositUnderNoLane(
  byte: number,
): Promise<MadeDeposit & { readonly keyring: Awaited<ReturnType<typeof keyringOf>> }> {
  const keyring = await keyringOf(byte)
  const made = await network.depositor.make(keyring.identity.address)
  const { lane } = made.deposit
  if (!lane) throw new Error('There is no lane.')
  const deposit = { ...made.deposit, lane: { ...lane, key: randomBytes(32) } }
  await network.depositor.send(trustee.address, deposit)
  return { ...made, deposit, keyring }
}

test('an acknowledgement that the node refuses is tried again after a minute, then after two', async () => {
  await depositUnderNoLane(0x51)
  await expectTriedLater()
  expect(await countOf(trustee, 'pennypost_deposits_acknowledged_total')).toBe(0)
})

test('so is an answer, and it holds up no other one', async () => {
  await network.stop(trustee)
  trustee = await network.start({ walletKey: `0x${'7a'.repeat(32)}` })
  const made = await depositUnderNoLane(0x52)
  await network.appear(made.keyring)
  await made.channel.say(await claimOf(0x52, [made.deposit.letter], made.keyring))
  await expect.poll(() => countOf(trustee, 'pennypost_claims_answered_total')).toBe(1)
  await expectTriedLater()
  const other = await network.depositAt(trustee, 0x53)
  await network.appear(other.keyring)
  await other.channel.say(await claimOf(0x53, [other.deposit.letter], other.keyring))
  expect(await hear(other, 'share')).toHaveLength(1)
})

test('claims that nobody has signed use up no refusal of the one that the wallet has, before and after the release', async () => {
  const made = await network.depositAt(trustee, 0x54)
  const { recipient: account, letter } = made.deposit
  const forged = (): EscrowMessageInit => {
    const release = { account, letters: [letter], identityKey: randomBytes(65), signature: randomBytes(65) }
    return { case: 'claim', value: { release, bundle: new Uint8Array() } }
  }
  const codes = async () => ((await said(made, 'refused')) as { code: string }[]).map(({ code }) => code)
  for (let i = 0; i < 12; i++) await made.channel.say(forged())
  await made.channel.say(await claimOf(0x54, [letter], made.keyring))
  await expect.poll(codes).toEqual([...Array(8).fill('release.invalid'), 'release.key-unknown'])
  await network.appear(made.keyring)
  await made.channel.say(await claimOf(0x54, [letter], made.keyring))
  await hear(made, 'share')
  for (let i = 0; i < 12; i++) await made.channel.say(forged())
  const rotated = await keyringOf(0x54)
  await made.channel.say(await claimOf(0x54, [letter], rotated))
  await expect.poll(async () => (await codes()).at(-1)).toBe('escrow.released')
  expect(await codes()).toHaveLength(10)
})
