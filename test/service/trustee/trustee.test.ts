import { glob, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeBundle, encodeContact, encodeDeposit, envelopeToJson, ownedTopic } from '../../../sdk/codec/index.ts'
import { addressToBytes } from '../../../sdk/crypto/index.ts'
import { isAnswerOf, isHeld, openShare } from '../../../sdk/escrow/index.ts'
import { createToken, type Keyring } from '../../../sdk/identity/index.ts'
import { type RunningTrustee, startTrustee, type TrusteeOptions } from '../../../service/trustee/index.ts'
import { keyringOf } from '../../helpers/accounts.ts'
import { claimOf, createDepositor, type MadeDeposit, networkId } from '../../helpers/deposits.ts'
import { type LightNetwork, startLightNetwork } from '../../helpers/light-network.ts'

const hidden = { dataDir: undefined, metricsPort: 0, logLevel: 'silent' } as const
let network: LightNetwork
let depositor: Awaited<ReturnType<typeof createDepositor>>
let trustee: RunningTrustee
let ahead = 0

const start = (options: Partial<TrusteeOptions> = {}) =>
  startTrustee(
    { node: network.url, ...hidden, rule: 'everyone', requestBits: 1, ...options },
    { beatMs: 100, clock: () => Date.now() / 1000 + ahead },
  )

beforeAll(async () => {
  network = await startLightNetwork()
  depositor = await createDepositor(network.url)
  trustee = await start()
})
afterAll(async () => {
  await trustee.close()
  await network.close()
})

/** Publishes an account's keys, as its first login does. */
async function appear({ identity }: Keyring): Promise<void> {
  const contact = {
    contentTopic: ownedTopic('contact', identity.address),
    timestampNs: BigInt(Date.now()) * 1_000_000n,
  }
  const message = encodeContact(identity.bundle, 'v2')
  const token = createToken(identity, BigInt(Date.now()) * 1_000_000n)
  const answer = await fetch(`${network.url}/message/v1/publish`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ envelopes: [envelopeToJson({ ...contact, message })] }),
  })
  expect(answer.status).toBe(200)
}

const said = async ({ channel }: MadeDeposit, kind: string) =>
  (await channel.read()).filter((message) => message.case === kind).map(({ value }) => value)

async function hear<T>({ channel }: MadeDeposit, kind: string, count = 1): Promise<T[]> {
  await expect
    .poll(() => said({ channel } as MadeDeposit, kind).then((all) => all.length))
    .toBeGreaterThanOrEqual(count)
  return (await said({ channel } as MadeDeposit, kind)) as T[]
}

async function depositFor(byte: number, to = trustee) {
  const keyring = await keyringOf(byte)
  const made = await depositor.make(keyring.identity.address)
  await depositor.send(to.address, made.deposit)
  await hear(made, 'acknowledgement')
  return { ...made, keyring }
}

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
    const answer = { ...share, letter } as Parameters<typeof isAnswerOf>[1]
    expect(isAnswerOf(networkId, answer, addressToBytes(trustee.address))).toBe(true)
  })

  test('answers a claim that came before the keys were published, once they are', async () => {
    const made = await depositFor(0x32)
    await made.channel.say(await claimOf(0x32, [made.deposit.letter], made.keyring))
    await hear(made, 'refused')
    await appear(made.keyring)
    ahead += 120
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
  ])('says %s of a deposit that it does not hold', async (code, changes) => {
    const made = await depositor.make((await keyringOf(0x35)).identity.address, changes)
    await depositor.send(trustee.address, made.deposit)
    expect(await hear(made, 'refused')).toMatchObject([{ code }])
    expect(await said(made, 'acknowledgement')).toEqual([])
  })

  test('acknowledges the same deposit again, and holds no other on its channel', async () => {
    const made = await depositFor(0x36)
    await depositor.send(trustee.address, made.deposit)
    await hear(made, 'acknowledgement', 2)
    await depositor.send(trustee.address, { ...made.deposit, recipient: new Uint8Array(20).fill(1) })
    expect(await hear(made, 'refused')).toMatchObject([{ code: 'deposit.taken' }])
  })

  test('keeps what it holds in a database that says nothing without the key, and goes on where it was', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'pennypost-trustee-'))
    const first = await start({ dataDir })
    const made = await depositFor(0x37, first)
    await expect(start({ dataDir })).rejects.toThrow('uses')
    await first.close()
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
    await expect(start({ dataDir })).rejects.toThrow('does not open')
    await writeFile(join(dataDir, 'storage.key'), key)
    const second = await start({ dataDir })
    expect(second.address).toBe(first.address)
    expect(await hear(made, 'share')).toHaveLength(1)
    await second.close()
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
