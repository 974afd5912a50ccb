import { glob, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeBundle, encodeDeposit, ownedTopic, ruleToMessage } from '../../../sdk/codec/index.ts'
import { addressToBytes } from '../../../sdk/crypto/index.ts'
import { isAnswerOf, isHeld, openShare } from '../../../sdk/escrow/index.ts'
import type { Keyring } from '../../../sdk/identity/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import type { RunningTrustee } from '../../../service/trustee/index.ts'
import { keyringOf } from '../../helpers/accounts.ts'
import { claimOf, networkId } from '../../helpers/deposits.ts'
import { hear, said, startTrusteeNetwork, type TrusteeNetwork } from '../../helpers/trustee-network.ts'

let network: TrusteeNetwork
let depositor: TrusteeNetwork['depositor']
let trustee: RunningTrustee

beforeAll(async () => {
  network = await startTrusteeNetwork()
  depositor = network.depositor
  trustee = await network.start()
})
afterAll(() => network.close())

const depositFor = (byte: number, to = trustee) => network.depositAt(to, byte)
const appear = (keyring: Keyring) => network.appear(keyring)

describe('a trustee', () => {
  test('acknowledges what it holds, and hands it out once to the account that it is for', async () => {
    const made = await depositFor(0x31)
    const [acknowledged] = await hear<{ signature: Uint8Array; bundle: Uint8Array }>(made, 'acknowledgement')
    const peer = await depositor.anonymous.queryPage({ contentTopics: [ownedTopic('contact', trustee.address)] })
    expect(peer.envelopes.length).toBeGreaterThan(0)
    const identityKey = decodeBundle(acknowledged?.bundle as Uint8Array).identityKey.publicKey
    const signature = acknowledged?.signature as Uint8Array
    expect(isHeld(networkId, encodeDeposit(made.deposit), { signature, identityKey })).toBe(true)
    await made.channel.say(await claimOf(0x31, [made.deposit.letter], made.keyring))
    expect(await hear(made, 'refused')).toMatchObject([{ code: 'release.key-unknown' }])
    await appear(made.keyring)
    await made.channel.say(await claimOf(0x31, [made.deposit.letter], made.keyring))
    const [share] = await hear<Parameters<typeof isAnswerOf>[1]>(made, 'share')
    const identitySecret = made.keyring.identity.keys.identityKey.secret
    const { letter } = made.deposit
    expect(openShare(share?.sealed as Uint8Array, { letter, identitySecret })).toEqual(made.deposit.share)
    const answer = { ...share, letter, commitments: made.deposit.commitments } as Parameters<typeof isAnswerOf>[1]
    expect(isAnswerOf(networkId, answer, addressToBytes(trustee.address))).toBe(true)
  })

  test('answers a claim that came before the keys were published, once they are', async () => {
    const made = await depositFor(0x32)
    await made.channel.say(await claimOf(0x32, [made.deposit.letter], made.keyring))
    await hear(made, 'refused')
    await appear(made.keyring)
    network.clock.ahead += 120
    expect(await hear(made, 'share')).toHaveLength(1)
  })

  test('hands nothing to another wallet, another letter, or after it was withdrawn; garbage changes nothing', async () => {
    const made = await depositFor(0x33)
    await appear(made.keyring)
    await made.channel.say(await claimOf(0x34, [made.deposit.letter], await keyringOf(0x34)))
    await made.channel.say(await claimOf(0x33, [new Uint8Array(32)], made.keyring))
    for (const length of [10, 1024, 4096]) await made.channel.say(new Uint8Array(length))
    await made.channel.say(made.change(0n, 1, new Uint8Array(32).fill(1)))
    expect(await hear(made, 'refused', 2)).toMatchObject([
      { code: 'release.not-for-this' },
      { code: 'release.not-for-this' },
    ])
    await made.channel.say(made.change(0n, 1))
    await made.channel.say(await claimOf(0x33, [made.deposit.letter], made.keyring))
    expect(await hear(made, 'refused', 3)).toMatchObject([{}, {}, { code: 'escrow.withdrawn' }])
    expect(await said(made, 'share')).toEqual([])
  })

  test.each<[string, Parameters<typeof depositor.make>[1]]>([
    ['deposit.end', { expiresAt: 1n }],
    ['deposit.end', { expiresAt: BigInt(Math.floor(Date.now() / 1000) + 500 * 86_400) }],
    ['deposit.invalid', { index: 2 }],
    ['deposit.condition-unsupported', { condition: ruleToMessage(parseRule('stamp 1')) }],
  ])('says %s of a deposit that it does not hold', async (code, changes) => {
    const made = await depositor.make((await keyringOf(0x35)).identity.address, changes)
    await depositor.send(trustee.address, made.deposit)
    expect(await hear(made, 'refused')).toMatchObject([{ code }])
    expect(await said(made, 'acknowledgement')).toEqual([])
  })

  test('holds two deposits of one letter and index apart, and hands out both', async () => {
    const first = await depositFor(0x38)
    const changes = { letter: first.deposit.letter }
    const second = await network.depositAt(trustee, 0x38, changes)
    await appear(first.keyring)
    for (const { channel, deposit } of [first, second]) {
      await channel.say(await claimOf(0x38, [deposit.letter], first.keyring))
      const [share] = await hear<{ sealed: Uint8Array }>({ channel }, 'share')
      const identitySecret = first.keyring.identity.keys.identityKey.secret
      expect(openShare(share?.sealed as Uint8Array, { ...changes, identitySecret })).toEqual(deposit.share)
    }
  })

  test('acknowledges the same deposit again, and holds no other on its channel', async () => {
    const made = await depositFor(0x36)
    await depositor.send(trustee.address, made.deposit)
    await hear(made, 'acknowledgement', 2)
    await depositor.send(trustee.address, { ...made.deposit, recipient: new Uint8Array(20).fill(1) })
    expect(await hear(made, 'refused')).toMatchObject([{ code: 'deposit.taken' }])
  })

  test('keeps what it holds in a database that says nothing without the key, and goes on where it was', async () => {
    const dataDir = await network.makeDataDir()
    const first = await network.start({ dataDir })
    const made = await depositFor(0x37, first)
    await expect(network.start({ dataDir })).rejects.toThrow('uses')
    await network.stop(first)
    await appear(made.keyring)
    await made.channel.say(await claimOf(0x37, [made.deposit.letter], made.keyring))
    await expectUnread(join(dataDir, 'database'), [
      made.deposit.share,
      made.deposit.letter,
      made.deposit.key,
      made.deposit.recipient,
      Buffer.from(made.channel.topic),
    ])
    const key = await readFile(join(dataDir, 'storage.key'), 'utf8')
    expect((await stat(join(dataDir, 'storage.key'))).mode & 0o077).toBe(0)
    await writeFile(join(dataDir, 'storage.key'), `0x${'11'.repeat(32)}\n`)
    await expect(network.start({ dataDir })).rejects.toThrow('does not open')
    await writeFile(join(dataDir, 'storage.key'), key)
    const second = await network.start({ dataDir })
    expect(second.address).toBe(first.address)
    expect(await hear(made, 'share')).toHaveLength(1)
    await network.stop(second)
  })
})

/** Searches all files of a database for what must not be there in the open. */
async function expectUnread(folder: string, secrets: readonly Uint8Array[]): Promise<void> {
  let files = 0
  for await (const path of glob('**/*', { cwd: folder })) {
    const found = await readFile(join(folder, path)).catch(() => Buffer.alloc(0)) // folders
    files++
    for (const secret of secrets) {
      expect(found.includes(Buffer.from(secret))).toBe(false)
      expect(found.includes(Buffer.from(secret).toString('hex'))).toBe(false)
    }
  }
  expect(files).toBeGreaterThan(100)
}
