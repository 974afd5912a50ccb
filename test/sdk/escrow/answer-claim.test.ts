import { beforeAll, describe, expect, test } from 'vitest'
import { decodeEscrowMessage, encodeBundle, encodeEscrowMessage } from '../../../sdk/codec/index.ts'
import { addressToBytes, networkIdOf } from '../../../sdk/crypto/index.ts'
import {
  answerClaim,
  type Claim,
  claimKeyId,
  openShare,
  releaseTypedData,
  toRelease,
} from '../../../sdk/escrow/index.ts'
import type { Keyring } from '../../../sdk/identity/index.ts'
import { keyringOf, walletOf } from '../../helpers/accounts.ts'
import { countingBytes } from '../../helpers/random.ts'

const networkId = networkIdOf('pennypost-local')
const letter = new Uint8Array(32).fill(6)
const share = new Uint8Array(32).fill(9)
let [bob, carol] = [] as unknown as [Keyring, Keyring]
beforeAll(async () => {
  ;[bob, carol] = await Promise.all([keyringOf(2), keyringOf(3)])
})

const keyOf = ({ identity }: Keyring) => identity.bundle.identityKey.publicKey
const heldFor = (keyring: Keyring) => ({
  letter,
  recipient: addressToBytes(keyring.identity.address),
  index: 2,
  share,
  commitments: [],
  expiresAt: 1_000n,
})

type Changes = { by?: number; key?: Uint8Array; letters?: Uint8Array[]; bundle?: Uint8Array; network?: Uint8Array }

/** What bob asks with, as it comes off the wire. */
async function claimOf({ by = 2, key = keyOf(bob), letters = [letter], ...changes }: Changes = {}): Promise<Claim> {
  const wallet = walletOf(by)
  const terms = { networkId: changes.network ?? networkId, account: wallet.address, letters, identityKey: key }
  const release = toRelease(terms, await wallet.signTypedData(releaseTypedData(terms)))
  const bundle = changes.bundle ?? encodeBundle(bob.identity.bundle)
  const { kind } = decodeEscrowMessage(encodeEscrowMessage({ case: 'claim', value: { release, bundle, evidence: [] } }))
  return kind.value as Claim
}

/** The edges, and what was asked of them. */
function edges(changes: { now?: number; published?: Uint8Array | undefined; unmet?: 'condition.unmet' } = {}) {
  const asked: string[] = []
  return {
    asked,
    networkId,
    now: changes.now ?? 999.9,
    random: countingBytes(),
    publishedKey: async () => {
      asked.push('published')
      return 'published' in changes ? changes.published : keyOf(bob)
    },
    unmet: async () => {
      asked.push('condition')
      return changes.unmet
    },
  }
}

describe('what a trustee answers to a claim', () => {
  test('is its share, sealed to the identity key that the account released it to', async () => {
    const given = edges()
    const answer = await answerClaim(heldFor(bob), await claimOf(), given)
    expect(answer).toMatchObject({ case: 'share', value: { index: 2, keyId: claimKeyId(keyOf(bob)) } })
    const { sealed } = answer.value as { sealed: Uint8Array }
    const identitySecret = bob.identity.keys.identityKey.secret
    expect(openShare(sealed, { letter, identitySecret })).toEqual(share)
    expect(openShare(sealed, { letter, identitySecret: carol.identity.keys.identityKey.secret })).toBeUndefined()
    expect(given.asked).toEqual(['published', 'condition'])
  })

  test.each<[string, string, string[], () => Promise<Claim>, Parameters<typeof edges>[0]?]>([
    [
      'nothing in it',
      'release.invalid',
      [],
      async () => ({ ...(await claimOf()), release: undefined }) as unknown as Claim,
    ],
    ['the release of another account', 'release.not-for-this', [], () => claimOf({ by: 3 })],
    ['another letter', 'release.not-for-this', [], () => claimOf({ letters: [new Uint8Array(32)] })],
    ['what is over', 'escrow.expired', [], () => claimOf(), { now: 1_000 }],
    ['the release of another network', 'release.invalid', [], () => claimOf({ network: networkIdOf('other') })],
    [
      'the bundle of another account',
      'release.key-unknown',
      [],
      () => claimOf({ bundle: encodeBundle(carol.identity.bundle) }),
    ],
    ['a bundle that is none', 'release.key-unknown', [], () => claimOf({ bundle: new Uint8Array(9) })],
    ['a key that the bundle has not', 'release.key-unknown', [], () => claimOf({ key: keyOf(carol) })],
    ['no published bundle', 'release.key-unknown', ['published'], () => claimOf(), { published: undefined }],
    [
      'another key published since',
      'release.key-unknown',
      ['published'],
      () => claimOf(),
      { published: new Uint8Array(65) },
    ],
    [
      'a condition that is not met',
      'condition.unmet',
      ['published', 'condition'],
      () => claimOf(),
      { unmet: 'condition.unmet' },
    ],
  ])('for %s is %s, and costs no more than it must', async (_, code, asked, claim, changes) => {
    const given = edges(changes)
    const answer = await answerClaim(heldFor(bob), await claim(), given)
    expect(answer).toMatchObject({ case: 'refused', value: { code } })
    expect(given.asked).toEqual(asked)
    expect(Buffer.from(encodeEscrowMessage(answer)).includes(Buffer.from(share))).toBe(false)
  })

  test('for a release in which one letter of the account was put in the place of another is a refusal', async () => {
    const claim = await claimOf({ letters: [new Uint8Array(32)] })
    const swapped = { ...claim, release: { ...claim.release, letters: [letter] } } as Claim
    expect(await answerClaim(heldFor(bob), swapped, edges())).toMatchObject({ value: { code: 'release.invalid' } })
  })
})
