import { fc, test as prop } from '@fast-check/vitest'
import { beforeAll, describe, expect, test } from 'vitest'
import { SharedListTooLongError, signSharedList, writeLegacyKey, writeSignature } from '../../../sdk/codec/index.ts'
import { encodeSharedList, encodeSignedSharedList, sharedListStatement } from '../../../sdk/codec/shared-list.ts'
import { concatBytes, keccak256, signDigest, toAddress } from '../../../sdk/crypto/index.ts'
import { BaseError } from '../../../sdk/errors.ts'
import { createIdentity, type Identity } from '../../../sdk/identity/index.ts'
import { SharedListInvalidError, verifySharedList } from '../../../sdk/verifier/index.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { bob, networkId, recipient as owner } from '../../helpers/world.ts'

const target = { networkId, owner }
const account = (number: number) => {
  const bytes = new Uint8Array(20)
  new DataView(bytes.buffer).setUint32(0, number)
  return bytes
}
let mallory: Identity

beforeAll(async () => {
  mallory = await createIdentity(walletOf(0x66), { createdMs: 1n })
})

const keysOf = ({ keys }: Pick<Identity, 'keys'>) => ({
  key: keys.identityKey.publicKey,
  secret: keys.identityKey.secret,
})

/** A list of bob's, unless fields are other than he has made them or somebody else signs it. */
const signed = (changes: Partial<Parameters<typeof signSharedList>[0]> = {}, by: Pick<Identity, 'keys'> = bob) =>
  signSharedList({ ...target, version: 1n, accounts: [account(2), account(1)], ...changes }, keysOf(by))

/** The same with accounts as no client writes them. */
function signedRaw(accounts: Uint8Array): Uint8Array {
  const { key, secret } = keysOf(bob)
  const list = encodeSharedList({ ...target, version: 1n, accounts })
  const signature = writeSignature({ ...signDigest(keccak256(sharedListStatement(list)), secret), signer: 'key' })
  return encodeSignedSharedList({ list, identityKey: writeLegacyKey(key), signature })
}

describe('verifySharedList', () => {
  test('reads what its owner has signed: each account once, in ascending order', () => {
    const bytes = signed({ version: 7n, accounts: [account(2), account(1), account(2)] })
    expect(verifySharedList(bytes, target)).toEqual({
      version: 7n,
      accounts: [account(1), account(2)].map(toAddress),
    })
    expect(verifySharedList(signed({ accounts: [] }), target).accounts).toEqual([])
  })

  test('reads as many accounts as a list may have; nobody signs one more', () => {
    const many = Array.from({ length: 1025 }, (_, i) => account(i))
    const most = verifySharedList(signed({ accounts: many.slice(1) }), target)
    expect(most.accounts).toEqual(many.slice(1).map(toAddress))
    expect(() => signed({ accounts: many })).toThrow(SharedListTooLongError)
  })

  const many = (count: number) => concatBytes(...Array.from({ length: count }, (_, i) => account(i)))

  test.each<[string, () => Uint8Array, RegExp]>([
    ['of another network', () => signed({ networkId: new Uint8Array(32) }), /another network/],
    ['of another account, signed by that', () => signed({ owner: account(9) }, mallory), /another account/],
    ['that another account has signed', () => signed({}, mallory), /not signed/],
    ['without a version', () => signed({ version: 0n }), /start at 1/],
    ['whose version could have no next one', () => signed({ version: 2n ** 63n }), /end at/],
    ['of 1,025 accounts', () => signedRaw(many(1025)), /at most 1024/],
    ['of 100,000 accounts', () => signedRaw(new Uint8Array(2_000_000)), /larger than 24576 bytes/],
    ['that ends inside an account', () => signedRaw(new Uint8Array(21)), /20 bytes/],
    ['that names an account twice', () => signedRaw(concatBytes(account(1), account(1))), /ascending/],
    ['out of order', () => signedRaw(concatBytes(account(2), account(1))), /ascending/],
  ])('refuses a list %s', (_, make, message) => {
    const bytes = make()
    expect(() => verifySharedList(bytes, target)).toThrow(SharedListInvalidError)
    expect(() => verifySharedList(bytes, target)).toThrow(message)
  })

  test('no byte of a list can be changed', () => {
    const bytes = signed()
    for (let i = 0; i < bytes.length; i += 5) {
      const changed = Uint8Array.from(bytes)
      changed[i]! ^= 1
      let read: unknown
      try {
        read = verifySharedList(changed, target)
      } catch (error) {
        expect(error).toBeInstanceOf(BaseError)
        continue
      }
      expect(read).toEqual(verifySharedList(bytes, target)) // of what no one signs, such as the time of a key
    }
  })

  prop.prop([fc.uint8Array({ maxLength: 300 })])('throws nothing but typed errors on garbage', (bytes) => {
    expect(() => verifySharedList(bytes, target)).toThrow(BaseError)
  })
})
