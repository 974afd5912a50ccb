import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type EscrowInit, placeToMessage } from '../../../sdk/codec/index.ts'
import { concatBytes, randomBytes, toAddress, toHex } from '../../../sdk/crypto/index.ts'
import { createIdentity, createKeyring, type Identity } from '../../../sdk/identity/index.ts'
import type { Client } from '../../../sdk/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { type LightNetwork, startLightNetwork, textsOf } from '../../helpers/light-network.ts'
import { makePlaces } from '../../helpers/payment-places.ts'
import {
  answerAs,
  claimsOn,
  createHandSender,
  type HandSender,
  leaveLetter,
  sayOn,
} from '../../helpers/unattended-letter.ts'

const randomWallet = () => privateKeyToAccount(`0x${toHex(randomBytes(32))}`)
const identityOf = () => createIdentity(randomWallet(), { createdMs: BigInt(Date.now()) })

/** Another topic for each trustee's channel. */
const onTopic = (topic: string) => (escrow: EscrowInit) => {
  const trustees = escrow.trustees!.map((trustee) => ({ ...trustee, lane: { ...trustee.lane, topic } }))
  return { ...escrow, trustees } as EscrowInit
}

describe('mail that was written before its reader had keys', () => {
  let network: LightNetwork
  let sender: HandSender
  let trustees: Identity[]
  let wallet = randomWallet()
  let signed = 0

  beforeAll(async () => {
    network = await startLightNetwork({ unattendedRule: parseRule('everyone') })
    sender = await createHandSender(network.url, randomWallet())
    trustees = await Promise.all([identityOf(), identityOf(), identityOf()])
  })
  afterAll(() => network?.close())
  beforeEach(() => {
    wallet = randomWallet()
    signed = 0
  })

  const countingWallet = () => ({
    ...wallet,
    signTypedData(data: Parameters<typeof wallet.signTypedData>[0]) {
      signed++
      return wallet.signTypedData(data)
    },
  })
  const arrive = (more: Parameters<LightNetwork['client']>[1] = {}) => network.client(countingWallet() as never, more)
  const leave = (more: Partial<Parameters<typeof leaveLetter>[1]> = {}) =>
    leaveLetter(sender, { to: wallet.address, text: 'Your loan ends.', threshold: 2, trustees, ...more })

  const asked = (trustee: Parameters<typeof claimsOn>[1], times = 1) =>
    vi.waitFor(async () => expect(await claimsOn(sender.anonymous, trustee)).toHaveLength(times), 60_000)
  const waiting = async (client: Client) => {
    const [letter] = await client.unattended.list()
    return letter?.trustees.map(({ state, code }) => code ?? state)
  }
  const states = (client: Client, expected: unknown) =>
    vi.waitFor(async () => expect(await waiting(client)).toEqual(expected), 60_000)
  const texts = (client: Client, expected: unknown[]) =>
    vi.waitFor(async () => expect(await textsOf(client)).toEqual(expected), 60_000)

  test.each([
    ['the sender itself', 1, 1],
    ['two of three trustees', 2, 3],
  ])(
    'is asked for at %s, opened, answered free of charge, and there at every other client',
    async (_, threshold, of) => {
      const {
        name,
        trustees: all,
        own,
        conversation,
      } = await leave({
        threshold,
        trustees: of === 1 ? [undefined] : trustees,
      })
      const client = await arrive()
      for (const trustee of all) await asked(trustee)
      await states(client, Array(of).fill('asked'))
      for (const trustee of all.slice(0, threshold)) await answerAs(sender, trustee, { name, to: wallet.address })
      await texts(client, ['Your loan ends.'])
      expect(await client.unattended.list()).toEqual([])
      expect(signed).toBe(1)
      const [begun] = await client.conversations.list()
      expect(begun).toMatchObject({ topic: own.topic, peerAddress: sender.identity.address, path: 'sealed' })
      expect(await begun?.send('Thank you.')).toMatchObject({ ok: true, price: 0n })
      const other = await arrive()
      await texts(other, ['Your loan ends.', 'Thank you.'])
      expect(signed).toBe(1)
      expect(conversation.topic).toBe(own.topic)
    },
  )

  test('is asked for once, by whatever client, and goes on where another one was cut off', async () => {
    const { name, trustees: all } = await leave()
    const first = await arrive()
    for (const trustee of all) await asked(trustee)
    await first.close()
    const second = await arrive()
    await states(second, ['asked', 'asked', 'asked'])
    expect(signed).toBe(1) // the first one has asked them all
    for (const trustee of all) {
      expect(await claimsOn(sender.anonymous, trustee)).toHaveLength(1)
      await answerAs(sender, trustee, { name, to: wallet.address })
    }
    await texts(second, ['Your loan ends.'])
  })

  test('takes one signature, however many letters wait', async () => {
    const letters = [await leave({ text: 'one' }), await leave({ text: 'two' }), await leave({ text: 'three' })]
    const client = await arrive()
    for (const { name, trustees: all } of letters)
      for (const trustee of all.slice(1)) {
        await asked(trustee)
        await answerAs(sender, trustee, { name, to: wallet.address })
      }
    await vi.waitFor(async () => expect((await textsOf(client)).sort()).toEqual(['one', 'three', 'two']), 60_000)
    expect(signed).toBe(1)
  })

  test('is not opened by fewer than it takes, nor by the same share twice', async () => {
    const { name, trustees: all } = await leave()
    const client = await arrive()
    const [first, second] = all
    await asked(first!)
    await answerAs(sender, first!, { name, to: wallet.address })
    await answerAs(sender, first!, { name, to: wallet.address })
    await states(client, ['released', 'asked', 'asked'])
    expect(await textsOf(client)).toEqual([])
    await answerAs(sender, second!, { name, to: wallet.address })
    await texts(client, ['Your loan ends.'])
  })

  test('a wrong share is skipped, and the trustee that signed it named', async () => {
    const { name, trustees: all } = await leave()
    const client = await arrive()
    const [liar, ...honest] = all
    await asked(liar!)
    await answerAs(sender, liar!, { name, to: wallet.address, share: honest[0]!.share })
    await states(client, ['share.wrong', 'asked', 'asked'])
    expect((await client.unattended.list())[0]?.trustees[0]).toEqual({
      address: liar?.identity?.address,
      state: 'wrong',
      code: 'share.wrong',
    })
    for (const trustee of honest) await answerAs(sender, trustee, { name, to: wallet.address })
    await texts(client, ['Your loan ends.'])
  })

  test('nobody is named for what it has not signed, as a node could say it', async () => {
    const { name, trustees: all } = await leave()
    const client = await arrive()
    const [first, second, third] = all
    await asked(first!)
    const honest = trustees[0]!
    for (const trustee of [undefined, trustees[1]!, { ...honest, keys: trustees[1]!.keys }])
      await answerAs(
        sender,
        { ...first!, identity: trustee as Identity },
        { name, to: wallet.address, share: second!.share },
      )
    await sayOn(sender, first!, randomBytes(1024))
    await states(client, ['asked', 'asked', 'asked'])
    for (const trustee of [first, third]) await answerAs(sender, trustee!, { name, to: wallet.address })
    await texts(client, ['Your loan ends.'])
  })

  test('what was refused to another key of the account, or comes behind a share, counts for nothing', async () => {
    const { name, trustees: all } = await leave()
    const client = await arrive()
    const [first, second] = all
    await asked(first!)
    await sayOn(sender, first!, { case: 'refused', value: { code: 'release.invalid', keyId: randomBytes(8) } })
    await answerAs(sender, second!, { name, to: wallet.address })
    await answerAs(sender, second!, { name, to: wallet.address, unmet: async () => 'condition.unmet' })
    await states(client, ['asked', 'released', 'asked'])
    await answerAs(sender, first!, { name, to: wallet.address })
    await texts(client, ['Your loan ends.'])
  })

  test('shows what its author says was paid for it', async () => {
    const { tree, openings } = await makePlaces([wallet.address], 7)
    const [{ use, ...opening }] = openings as [(typeof openings)[number]]
    const terms = {
      sender: randomBytes(20),
      root: tree.root,
      count: 1,
      base: 1n,
      bond: 2n,
      tip: 3n,
      deliverBy: 9n,
      nonce: 0n,
    }
    const payment = placeToMessage({ ...opening, terms } as never)
    const { name, trustees: all } = await leave({
      threshold: 1,
      trustees: [undefined],
      change: (letter) => ({ ...letter, payment, paymentUse: use }) as never,
    })
    const client = await arrive()
    await asked(all[0]!)
    await answerAs(sender, all[0]!, { name, to: wallet.address })
    await texts(client, ['Your loan ends.'])
    for (const one of [client, await arrive()])
      await vi.waitFor(async () =>
        expect((await one.conversations.list())[0]?.payments).toMatchObject([{ base: 1n, bond: 2n, tip: 3n }]),
      )
  })

  test.each([
    [
      'has another number of commitments than it takes shares',
      (escrow: EscrowInit) => ({ ...escrow, commitments: [] }),
    ],
    [
      'has commitments that are no points',
      (escrow: EscrowInit) => ({ ...escrow, commitments: escrow.commitments!.map(() => new Uint8Array(32).fill(255)) }),
    ],
    ['names a channel that is no conversation', onTopic('/xmtp/0/my-notes/proto')],
    ['names an ephemeral channel', onTopic('/xmtp/0/mE-abc/proto')],
    ['takes more shares than there are', (escrow: EscrowInit) => ({ ...escrow, threshold: 4 })],
  ])('is skipped where it %s, before the wallet is asked', async (_, changeEscrow) => {
    await leave({ changeEscrow })
    const codes: string[] = []
    const client = await arrive({ onProgress: (event) => event.kind === 'skipped' && codes.push(event.code) })
    await vi.waitFor(() => expect(codes).toEqual(['escrow.malformed']))
    expect(await client.unattended.list()).toEqual([])
    expect(signed).toBe(0)
  })

  test('who refuses says why, and may change its mind', async () => {
    const { name, trustees: all } = await leave()
    const client = await arrive()
    const [first, second] = all
    await asked(first!)
    await answerAs(sender, first!, { name, to: wallet.address, unmet: async () => 'condition.unmet' })
    await states(client, ['condition.unmet', 'asked', 'asked'])
    for (const trustee of [first, second]) await answerAs(sender, trustee!, { name, to: wallet.address })
    await texts(client, ['Your loan ends.'])
  })

  test('garbage on a channel hides no share', async () => {
    const { name, trustees: all } = await leave()
    const client = await arrive()
    const [first, second] = all
    await asked(first!)
    for (let i = 0; i < 200; i++) await sayOn(sender, first!, randomBytes(i % 2 === 0 ? 64 : 1024))
    await answerAs(sender, first!, { name, to: wallet.address })
    await states(client, ['released', 'asked', 'asked'])
    await answerAs(sender, second!, { name, to: wallet.address })
    await texts(client, ['Your loan ends.'])
  })

  describe('is refused where', () => {
    const refused = async (more: Partial<Parameters<typeof leaveLetter>[1]>, code: string) => {
      const { name, trustees: all } = await leave({ threshold: 1, trustees: [undefined], ...more })
      const codes: string[] = []
      const client = await arrive({ onProgress: (event) => event.kind === 'skipped' && codes.push(event.code) })
      await asked(all[0]!)
      await answerAs(sender, all[0]!, { name, to: wallet.address })
      await vi.waitFor(() => expect(codes).toEqual([code]), 60_000)
      expect(await textsOf(client)).toEqual([])
      expect(await client.unattended.list()).toEqual([])
      expect(client.skipped.letters).toBe(1)
    }

    test('its author is another than it names', async () => {
      const mallory = createKeyring(await identityOf())
      const other = { ...mallory, identity: { ...mallory.identity, bundle: sender.identity.bundle } }
      await refused({ author: other }, 'letter.forged')
    })
    test('it was written to somebody else, and passed on', async () => {
      const letters: Uint8Array[] = []
      await leaveLetter(sender, {
        to: toAddress(randomBytes(20)),
        text: 'to another',
        threshold: 1,
        trustees: [undefined],
        change: (letter) => {
          letters.push(letter.author!)
          return letter
        },
      })
      await refused({ change: (letter) => ({ ...letter, author: letters[0]! }) }, 'letter.forged')
    })
    test('another message was put into it', async () => {
      await refused(
        { change: (letter) => ({ ...letter, message: concatBytes(letter.message!, new Uint8Array([0])) }) },
        'letter.forged',
      )
    })
    test('it claims to be from its reader', async () => {
      const own = await createIdentity(wallet, { createdMs: 1_700_000_000_000n })
      await refused({ author: createKeyring(own) }, 'letter.forged')
    })
    test('it has no author', async () => {
      await refused({ change: (letter) => ({ ...letter, author: new Uint8Array() }) }, 'key.encoding')
    })
    test('it names a pseudonym that the node has not seen', async () => {
      await refused({ change: (letter) => ({ ...letter, tag: randomBytes(32) }) }, 'letter.refused')
    })
  })

  test('the wallet that says no is asked again when told to, and nobody is asked before', async () => {
    const { name, trustees: all } = await leave()
    const no = { ...wallet, signTypedData: () => Promise.reject(new Error('User rejected.')) }
    const told: unknown[] = []
    const onProgress = (event: { kind: string }) => void told.push(event)
    const unwilling = await network.client(no as never, { onProgress })
    await vi.waitFor(() => expect(told).toContainEqual({ kind: 'degraded', code: 'wallet.refused' }))
    expect(await waiting(unwilling)).toEqual(['not-asked', 'not-asked', 'not-asked'])
    await expect(unwilling.unattended.open()).rejects.toThrow('User rejected.')
    const later = await arrive({ release: 'wait' })
    expect(await waiting(later)).toEqual(['not-asked', 'not-asked', 'not-asked'])
    expect(await claimsOn(sender.anonymous, all[0]!)).toEqual([])
    await later.unattended.open()
    for (const trustee of all.slice(0, 2)) await answerAs(sender, trustee, { name, to: wallet.address })
    await texts(later, ['Your loan ends.'])
  })
})
