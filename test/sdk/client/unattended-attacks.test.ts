import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { pause } from '../../../sdk/async.ts'
import { readContact } from '../../../sdk/client/session/peer.ts'
import { encodeBundle, messageTopic, type ReleaseInit } from '../../../sdk/codec/index.ts'
import { addressToBytes, randomBytes, toBase64Url, toHex } from '../../../sdk/crypto/index.ts'
import {
  answerClaim,
  claimKeyId,
  dealSecret,
  releaseTypedData,
  secretOf,
  toRelease,
} from '../../../sdk/escrow/index.ts'
import { createIdentity, type Identity } from '../../../sdk/identity/index.ts'
import { Client } from '../../../sdk/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { type LightNetwork, startLightNetwork, textsOf } from '../../helpers/light-network.ts'
import { lyingFetch, type Shown } from '../../helpers/lying-node.ts'
import {
  answerAs,
  claimsOn,
  createHandSender,
  type HandSender,
  type HandTrustee,
  leaveLetter,
  sayOn,
} from '../../helpers/unattended-letter.ts'

// Whoever has a letter's header can write on its trustees' channels, and a node shows what it likes.

const randomWallet = () => privateKeyToAccount(`0x${toHex(randomBytes(32))}`)
const identityOf = () => createIdentity(randomWallet(), { createdMs: BigInt(Date.now()) })
const [hour, day] = [3600, 86_400]
const inAMonth = () => BigInt(Math.floor(Date.now() / 1000) + 30 * day)

let network: LightNetwork
let sender: HandSender
let trustees: Identity[]
let wallet = randomWallet()
let signed = 0
/** Seconds that have passed for the node, and for clients with this clock. */
let passed = 0
const now = () => Date.now() / 1000 + passed

beforeAll(async () => {
  network = await startLightNetwork({ unattendedRule: parseRule('everyone') }, { clock: now })
  sender = await createHandSender(network.url, randomWallet())
  trustees = await Promise.all([identityOf(), identityOf(), identityOf()])
})
afterAll(() => network?.close())
beforeEach(() => {
  wallet = randomWallet()
  signed = 0
  passed = 0
})

const counting = () => ({
  ...wallet,
  signTypedData(data: Parameters<typeof wallet.signTypedData>[0]) {
    signed++
    return wallet.signTypedData(data)
  },
})
const arrive = (more: Parameters<LightNetwork['client']>[1] = {}) => network.client(counting() as never, more)
const leave = (more: Partial<Parameters<typeof leaveLetter>[1]> = {}) =>
  leaveLetter(sender, { to: wallet.address, text: 'Your loan ends.', threshold: 2, trustees, ...more })
const soon = (check: () => Promise<void>) => vi.waitFor(check, 30_000)
const asked = (trustee: HandTrustee, times = 1) =>
  soon(async () => expect(await claimsOn(sender.anonymous, trustee)).toHaveLength(times))
const states = (client: Client, expected: unknown) =>
  soon(async () => {
    const [letter] = await client.unattended.list()
    expect(letter?.trustees.map(({ state, code }) => code ?? state)).toEqual(expected)
  })
const texts = (client: Client, expected: unknown[]) => soon(async () => expect(await textsOf(client)).toEqual(expected))

/** A claim by the account, and the identity that made it. */
async function claimOf(trustee: HandTrustee) {
  await asked(trustee)
  const [claim] = await claimsOn(sender.anonymous, trustee)
  return claim!
}

describe('a claim in the name of the account', () => {
  test('that its wallet has not signed, or for another letter, keeps no client from asking', async () => {
    const { name, trustees: all } = await leave()
    const { keyring, anonymous } = sender
    await arrive({ release: 'wait' })
    const contact = await readContact({ anonymous, keyring }, wallet.address)
    const identityKey = contact!.identityKey.publicKey
    const other = await signedBy({ letters: [randomBytes(32)], identityKey })
    for (const trustee of all)
      for (const release of [
        other,
        { ...other, letters: [name] },
        { ...other, letters: [name], account: randomBytes(20) },
      ])
        await sayOn(sender, trustee, { case: 'claim', value: { release, bundle: randomBytes(300) } })
    const client = await arrive()
    for (const trustee of all) await asked(trustee, 3 + 1)
    expect(signed).toBe(1)
    for (const trustee of all.slice(0, 2)) {
      const claim = (await claimsOn(sender.anonymous, trustee)).at(-1)!
      await sayOn(sender, trustee, await answer(trustee, { name, claim }))
    }
    await texts(client, ['Your loan ends.'])
  })

  test('is looked for among 64, and made anew where more are in front of it', async () => {
    const { name, trustees: all } = await leave({ threshold: 1, trustees: [undefined] })
    const { keyring, anonymous } = sender
    await arrive({ release: 'wait' })
    const contact = await readContact({ anonymous, keyring }, wallet.address)
    const release = await signedBy({ letters: [name], identityKey: contact!.identityKey.publicKey })
    for (let i = 0; i < 64; i++) {
      const forged = { ...release, signature: randomBytes(65) }
      await sayOn(sender, all[0]!, { case: 'claim', value: { release: forged, bundle: randomBytes(300) } })
    }
    for (const times of [1, 2]) {
      await arrive()
      await asked(all[0]!, 64 + times)
      expect(signed).toBe(times)
    }
  })

  test('is made again a day later and not before, with the same release, until there is an answer', async () => {
    const { name, trustees: all } = await leave({ expiresAt: inAMonth() })
    const rests: (() => void)[] = []
    const sleep = (ms: number, signal?: AbortSignal) =>
      ms < hour * 1000 ? pause(ms, signal) : new Promise<void>((resolve) => void rests.push(resolve))
    const client = await arrive({ now, sleep })
    for (const trustee of all) await asked(trustee)
    await answerAs(sender, all[0]!, { name, to: wallet.address })
    await answerAs(sender, all[1]!, { name, to: wallet.address, unmet: async () => 'condition.unmet' })
    await states(client, ['released', 'condition.unmet', 'asked'])
    const anHourPasses = async (seconds: number) => {
      passed += seconds
      await soon(async () => expect(rests.length).toBeGreaterThan(0))
      for (const wake of rests.splice(0)) wake()
      await soon(async () => expect(rests.length).toBeGreaterThan(0))
    }
    await anHourPasses(day - hour)
    for (const trustee of all) await asked(trustee)
    await anHourPasses(hour + 60)
    await asked(all[0]!)
    await asked(all[1]!, 2)
    await asked(all[2]!, 2)
    await anHourPasses(hour)
    await asked(all[2]!, 2)
    expect(signed).toBe(1)
    await answerAs(sender, all[2]!, { name, to: wallet.address })
    await texts(client, ['Your loan ends.'])
  })

  test('is made again by a client that comes a day later, which asks the wallet for nothing', async () => {
    const { trustees: all } = await leave({ expiresAt: inAMonth() })
    await (await arrive()).close()
    const later = await arrive()
    await states(later, ['asked', 'asked', 'asked'])
    const last = await arrive({ now, release: 'wait' })
    await states(last, ['not-asked', 'not-asked', 'not-asked'])
    passed = day + 120
    await last.unattended.open()
    for (const trustee of all) await asked(trustee, 2)
    expect(signed).toBe(1)
  })
})

const answer = (
  trustee: HandTrustee,
  { name, claim }: { name: Uint8Array; claim: Awaited<ReturnType<typeof claimOf>> },
) =>
  answerClaim(
    {
      letter: name,
      recipient: addressToBytes(wallet.address),
      index: trustee.index,
      share: trustee.share,
      commitments: trustee.commitments,
      expiresAt: 2n ** 40n,
    },
    claim,
    {
      networkId: sender.networkId,
      now: Date.now() / 1000,
      publishedKey: async () => claim.release?.identityKey,
      unmet: async () => undefined,
      random: randomBytes,
      trustee: trustee.identity,
    },
  )

/** The same release as the wallet signs it. */
async function signedBy(release: ReleaseInit) {
  const { identityKey = new Uint8Array(), letters = [] } = release
  const terms = { networkId: sender.networkId, account: wallet.address, letters, identityKey }
  return toRelease(terms, await wallet.signTypedData(releaseTypedData(terms) as never))
}

const randomLane = () => ({ topic: messageTopic(toBase64Url(randomBytes(32))), key: randomBytes(32) })

describe('a trustee', () => {
  test('that has signed a wrong share stays named, whatever anybody says behind it, until it hands out the right one', async () => {
    const { name, trustees: all } = await leave()
    const client = await arrive()
    const [liar, second] = all
    const { release } = await claimOf(liar!)
    await answerAs(sender, liar!, { name, to: wallet.address, share: second!.share })
    await states(client, ['share.wrong', 'asked', 'asked'])
    const keyId = claimKeyId(release!.identityKey)
    await sayOn(sender, liar!, { case: 'refused', value: { code: 'escrow.expired', keyId } })
    await answerAs(sender, second!, { name, to: wallet.address })
    await states(client, ['share.wrong', 'released', 'asked'])
    await answerAs(sender, liar!, { name, to: wallet.address })
    await texts(client, ['Your loan ends.'])
  })

  test('is not named for what it has handed out to another key of the account', async () => {
    const { name, trustees: all } = await leave()
    const client = await arrive()
    const [first, second] = all
    const claim = await claimOf(first!)
    const before = await createIdentity(wallet, { createdMs: 1n })
    const release = { ...claim.release!, identityKey: before.bundle.identityKey.publicKey }
    const to = { ...claim, bundle: encodeBundle(before.bundle), release: await signedBy(release) }
    const old = await answer(first!, { name, claim: to as never })
    if (old.case !== 'share') throw new Error('It was refused.')
    const keyId = claimKeyId(claim.release!.identityKey)
    await sayOn(sender, first!, { case: 'share', value: { ...old.value, keyId } })
    await answerAs(sender, second!, { name, to: wallet.address })
    await states(client, ['asked', 'released', 'asked'])
  })

  test('is not named by a sender that has given it other commitments than the letter says', async () => {
    const { name, trustees: all } = await leave()
    const client = await arrive()
    const [first, second] = all
    const dealt = dealSecret(secretOf(randomBytes(32)), { threshold: 2, trustees: 3, random: randomBytes })
    const { commitments, shares } = dealt
    await asked(first!)
    await answerAs(sender, first!, { name, to: wallet.address, share: shares[0]!, commitments })
    await answerAs(sender, second!, { name, to: wallet.address })
    await states(client, ['asked', 'released', 'asked'])
  })

  test('that answers while no client is there is heard by the next one', async () => {
    const { name, trustees: all } = await leave()
    const first = await arrive()
    for (const trustee of all) await asked(trustee)
    await first.close()
    for (const trustee of all.slice(1)) await answerAs(sender, trustee, { name, to: wallet.address })
    await texts(await arrive(), ['Your loan ends.'])
    expect(signed).toBe(1)
  })

  test('is heard behind 200 forged shares', async () => {
    const { name, trustees: all } = await leave({ threshold: 1, trustees: [undefined] })
    const sleep = (ms: number, signal?: AbortSignal) => pause(ms > 60_000 ? ms : 1, signal)
    const client = await arrive({ sleep })
    const { release } = await claimOf(all[0]!)
    const keyId = claimKeyId(release!.identityKey)
    for (let i = 0; i < 200; i++)
      await sayOn(sender, all[0]!, { case: 'share', value: { index: 1, sealed: randomBytes(125), keyId } })
    await answerAs(sender, all[0]!, { name, to: wallet.address })
    await texts(client, ['Your loan ends.'])
  })
})

describe('a letter', () => {
  test('is read behind another one that says its name, and its channels', async () => {
    let header: Parameters<NonNullable<Parameters<typeof leaveLetter>[1]['changeEscrow']>>[0] | undefined
    const { name, trustees: all } = await leave({ changeEscrow: (escrow) => (header = escrow) })
    await leave({ changeEscrow: () => header! })
    const shown: Shown[] = []
    const isHere = ({ contentTopic }: Shown) => contentTopic.includes('/unattended-')
    const seeing = lyingFetch((envelope) => {
      if (isHere(envelope)) shown.push(envelope)
      return envelope
    })
    expect(await (await arrive({ fetch: seeing, release: 'wait' })).unattended.list()).toHaveLength(2)
    const left = [...shown.slice(0, 2)]
    const client = await arrive({ fetch: lyingFetch((envelope) => (isHere(envelope) ? left.pop() : envelope)) })
    for (const trustee of all.slice(0, 2)) {
      await soon(async () => expect((await claimsOn(sender.anonymous, trustee)).length).toBeGreaterThan(0))
      await answerAs(sender, trustee, { name, to: wallet.address })
    }
    await texts(client, ['Your loan ends.'])
  })

  test('is read behind one that says its name and was opened first, by whatever client of the account', async () => {
    const { name, trustees: all } = await leave()
    const forger = await createHandSender(network.url, randomWallet())
    const to = wallet.address
    const forged = await leaveLetter(forger, { to, text: 'Ignore it.', threshold: 1, trustees: [undefined], name })
    const first = await arrive()
    await asked(forged.trustees[0]!)
    await answerAs(forger, forged.trustees[0]!, { name, to })
    await texts(first, ['Ignore it.'])
    const second = await arrive()
    expect(await second.unattended.list()).toHaveLength(1)
    for (const trustee of all.slice(1)) {
      await soon(async () => expect((await claimsOn(sender.anonymous, trustee)).length).toBeGreaterThan(0))
      await answerAs(sender, trustee, { name, to })
    }
    await soon(async () => expect((await textsOf(second)).sort()).toEqual(['Ignore it.', 'Your loan ends.']))
    expect(await (await arrive()).unattended.list()).toEqual([])
  })

  test('that another client has opened waits no more at a client that runs on', async () => {
    const { name, trustees: all } = await leave({ threshold: 1, trustees: [undefined] })
    const open = await arrive({ release: 'wait' })
    await soon(async () => expect(await open.unattended.list()).toHaveLength(1))
    const other = await arrive()
    await asked(all[0]!)
    await answerAs(sender, all[0]!, { name, to: wallet.address })
    await texts(other, ['Your loan ends.'])
    expect(await open.unattended.list()).toEqual([])
    await texts(open, ['Your loan ends.'])
  })

  test('is read behind 64 that nobody can open, for one signature', async () => {
    const nowhere = () => ({ ...randomLane(), units: 16, expiresAt: 2n ** 33n })
    for (let i = 0; i < 64; i++)
      await leave({
        threshold: 1,
        trustees: [undefined],
        changeEscrow: (escrow) =>
          ({
            ...escrow,
            commitments: i % 4 === 0 ? [randomBytes(33)] : escrow.commitments,
            trustees: [{ address: new Uint8Array(), key: randomBytes(i % 4 === 1 ? 31 : 32), lane: nowhere() }],
          }) as never,
      })
    const { name, trustees: all } = await leave()
    const client = await arrive()
    for (const trustee of all) await asked(trustee)
    for (const trustee of all.slice(1)) await answerAs(sender, trustee, { name, to: wallet.address })
    await texts(client, ['Your loan ends.'])
    expect(signed).toBe(1)
  }, 120_000)

  test('that is over is asked for nowhere, and the wallet is left alone', async () => {
    await leave({ expiresAt: BigInt(Math.floor(Date.now() / 1000) - 1) })
    const client = await arrive({ release: 'wait' })
    await client.unattended.open()
    expect(signed).toBe(0)
    await states(client, ['not-asked', 'not-asked', 'not-asked'])
  })
})

describe('an account whose wallet cannot release its mail is told so:', () => {
  test.each([
    [
      'a wallet that signs no typed data',
      () => ({ getAddress: () => wallet.address, signMessage: (message: string) => wallet.signMessage({ message }) }),
      'wallet.unfit',
      /viem account/,
    ],
    [
      'a wallet that answers as a contract does',
      () => ({ ...wallet, signTypedData: async () => `0x${toHex(randomBytes(160))}` }),
      'wallet.signature',
      /contract/i,
    ],
  ])('%s', async (_, make, code, hint) => {
    await leave()
    const told: unknown[] = []
    const client = await network.client(make() as never, { onProgress: (event) => void told.push(event) })
    await soon(async () => expect(told).toContainEqual({ kind: 'degraded', code }))
    await expect(client.unattended.open()).rejects.toMatchObject({ code, hint: expect.stringMatching(hint) })
    expect(await client.unattended.list()).toHaveLength(1)
  })

  test('a contract, which has no keys at all', async () => {
    await leave()
    const contract = { address: wallet.address, signMessage: async () => `0x${toHex(randomBytes(160))}` }
    const refused = Client.create(contract as never, network.options())
    const hint = expect.stringMatching(/contract/i)
    await expect(refused).rejects.toMatchObject({ code: 'wallet.signature', hint })
  })
})
