import { fc, test as prop } from '@fast-check/vitest'
import { createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  decodeKeyBackup,
  decodePrivateKeys,
  enableIdentityText,
  encodeKeyBackup,
  encodePrivateKeys,
  type PublicKeyBundle,
} from '../../../sdk/codec/index.ts'
import { fromHex, portableSecp256k1, sealCiphertext, toHex, useSecp256k1 } from '../../../sdk/crypto/index.ts'
import {
  BackupRefusedError,
  BundleInvalidError,
  bundleId,
  chooseContact,
  createBundleVerifier,
  createIdentity,
  createKeyring,
  type Identity,
  IdentityMalformedError,
  openBackup,
  sealBackup,
  toIdentity,
  toWallet,
  verifyBundle,
  type WalletLike,
  WalletSignatureError,
} from '../../../sdk/identity/index.ts'
import { signerOf, walletOf } from '../../helpers/accounts.ts'
import { countingBytes, expectTyped } from '../../helpers/random.ts'
import { type SignatureForm, signatureForms, writeAs } from '../../helpers/signatures.ts'

const wallet = walletOf(0x11)
const createdMs = 1_700_000_000_000n

let alice: Identity
let bob: Identity
beforeAll(async () => {
  alice = await createIdentity(wallet, { createdMs })
  bob = await createIdentity(walletOf(0x22), { createdMs })
})

describe('wallets', () => {
  const chain = {
    id: 1,
    name: 'x',
    nativeCurrency: { name: 'x', symbol: 'x', decimals: 18 },
    rpcUrls: { default: { http: [] } },
  }
  test.each<[string, WalletLike]>([
    ['a viem account', wallet],
    ['a viem wallet client', createWalletClient({ account: wallet, chain, transport: http('http://127.0.0.1:1') })],
    ['a signer in the style of ethers', signerOf(0x11)],
    [
      'a signer that writes its address in lower case',
      { ...signerOf(0x11), getAddress: () => wallet.address.toLowerCase() },
    ],
  ])('of the kind of %s make an identity', async (_, like) => {
    expect(await toWallet(like).getAddress()).toBe(wallet.address)
    expect((await createIdentity(like, { createdMs })).address).toBe(wallet.address)
  })

  test.each<[string, (message: string) => Promise<string>]>([
    ['answers with an earlier signature', () => wallet.signMessage({ message: 'something else' })],
    ['is a contract', async () => `0x${'00'.repeat(96)}`],
    ['answers with no hex', async () => 'no'],
    ['signs with another key', (message) => walletOf(0x12).signMessage({ message })],
  ])('that %s cannot hold an identity', async (_, signMessage) => {
    const like = { getAddress: () => wallet.address, signMessage }
    await expect(createIdentity(like, { createdMs })).rejects.toThrow(WalletSignatureError)
    await expect(sealBackup(alice, like)).rejects.toThrow(WalletSignatureError)
  })

  test('that decline are quoted', async () => {
    const declined = new Error('user rejected the request')
    const like = { getAddress: () => wallet.address, signMessage: () => Promise.reject(declined) }
    await expect(createIdentity(like, { createdMs })).rejects.toBe(declined)
  })
})

const forms = Object.keys(signatureForms) as SignatureForm[]
const writing = (form: SignatureForm) => ({
  getAddress: () => wallet.address,
  signMessage: async (message: string) => writeAs(form, await wallet.signMessage({ message })),
})

describe('identities', () => {
  test.each(forms)('are the same, and hold, by a wallet whose signatures have %s', async (form) => {
    const make = (like: WalletLike) => createIdentity(like, { createdMs, randomBytes: countingBytes() })
    expect(await make(writing(form))).toEqual(await make(wallet))
  })

  test('are made from the wallet, the time and randomness alone', async () => {
    const make = () => createIdentity(wallet, { createdMs, randomBytes: countingBytes() })
    const [one, other] = [await make(), await make()]
    expect(one).toEqual(other)
    expect(one.bundle.identityKey.created).toBe(createdMs)
    expect(verifyBundle(one.bundle)).toBe(wallet.address)
  })

  test('round-trip through their encoded keys', () => {
    expect(toIdentity(decodePrivateKeys(encodePrivateKeys(alice.keys)))).toEqual(alice)
  })

  test.each<[string, () => Identity]>([
    ['without a pre-key', () => toIdentity({ ...alice.keys, preKeys: [] })],
    [
      'whose identity key has another secret',
      () => toIdentity({ ...alice.keys, identityKey: { ...alice.keys.identityKey, secret: bob.preKey.secret } }),
    ],
    [
      'whose pre-key has another secret',
      () => toIdentity({ ...alice.keys, preKeys: [{ ...alice.preKey, secret: bob.preKey.secret }] }),
    ],
  ])('%s are refused', (_, make) => {
    expect(make).toThrow(IdentityMalformedError)
  })

  test("with somebody else's pre-key are refused", () => {
    expect(() => toIdentity({ ...alice.keys, preKeys: bob.keys.preKeys })).toThrow(BundleInvalidError)
  })
})

describe('backups', () => {
  test('open with the wallet that made them', async () => {
    expect(await openBackup(await sealBackup(alice, wallet), wallet)).toEqual(alice)
  })

  test.each([
    ['27 and 28', '0 and 1', -27],
    ['0 and 1', '27 and 28', 27],
  ])('made with v of %s open with v of %s', async (_from, _to, step) => {
    const withV = async (message: string, shift: number) => {
      const signature = fromHex(await wallet.signMessage({ message }))
      signature[64]! += shift
      return signature
    }
    const walletPreKey = new Uint8Array(32).fill(7)
    const secret = await withV(enableIdentityText(walletPreKey), step > 0 ? -27 : 0)
    const ciphertext = sealCiphertext(encodePrivateKeys(alice.keys), { secret })
    const other = {
      getAddress: () => wallet.address,
      signMessage: async (message: string) => `0x${toHex(await withV(message, step > 0 ? 0 : -27))}`,
    }
    expect(await openBackup(encodeKeyBackup({ walletPreKey, ciphertext }), other)).toEqual(alice)
  })

  test.each(forms.flatMap((from) => forms.map((to) => [from, to] as const)))(
    'made by a wallet that writes %s open with one that writes %s',
    async (from, to) => {
      const backup = await sealBackup(alice, writing(from))
      expect(await openBackup(backup, writing(to))).toEqual(alice)
    },
  )

  test.each(forms)('that stock apps have made from a signature with %s open', async (form) => {
    const walletPreKey = new Uint8Array(32).fill(7)
    const text = (await writing(form).signMessage(enableIdentityText(walletPreKey))).trim().replace(/^0X/, '0x')
    const ciphertext = sealCiphertext(encodePrivateKeys(alice.keys), { secret: fromHex(text) })
    expect(await openBackup(encodeKeyBackup({ walletPreKey, ciphertext }), wallet)).toEqual(alice)
  })

  test('do not open with another wallet, or when changed', async () => {
    const backup = await sealBackup(alice, wallet)
    await expect(openBackup(backup, walletOf(0x12))).rejects.toThrow(BackupRefusedError)
    const { walletPreKey, ciphertext } = decodeKeyBackup(backup)
    ciphertext.payload[0]! ^= 1
    await expect(openBackup(encodeKeyBackup({ walletPreKey, ciphertext }), wallet)).rejects.toThrow(BackupRefusedError)
  })
})

describe('bundles', () => {
  const variants: [string, () => PublicKeyBundle][] = [
    ["with somebody else's pre-key", () => ({ ...alice.bundle, preKey: bob.bundle.preKey })],
    ["with somebody else's identity key", () => ({ ...alice.bundle, identityKey: bob.bundle.identityKey })],
    ['whose pre-key a wallet signed', () => withPreKey({ signer: 'wallet' })],
    ['whose identity key is signed as a key', () => withIdentity({ signer: 'key' })],
    ['whose wallet signature has recovery 2', () => withIdentity({ recovery: 2 })],
    ['whose wallet signature is zero', () => withIdentity({ bytes: new Uint8Array(64) })],
  ]
  const withPreKey = (change: object): PublicKeyBundle => {
    const { preKey } = alice.bundle
    return { ...alice.bundle, preKey: { ...preKey, signature: { ...preKey.signature, ...change } } }
  }
  const withIdentity = (change: object): PublicKeyBundle => {
    const { identityKey } = alice.bundle
    return { ...alice.bundle, identityKey: { ...identityKey, signature: { ...identityKey.signature, ...change } } }
  }

  test.each(variants)('%s are refused, again and again', (_, make) => {
    const verify = createBundleVerifier()
    expect(() => verify(make())).toThrow(BundleInvalidError)
    expect(() => verify(make())).toThrow(BundleInvalidError)
    expect(bundleId(make())).not.toBe(bundleId(alice.bundle))
  })

  test('are verified once', () => {
    let operations = 0
    const counting = {
      ...portableSecp256k1,
      verify: (...all: Parameters<typeof portableSecp256k1.verify>) => {
        operations++
        return portableSecp256k1.verify(...all)
      },
    }
    const previous = useSecp256k1(counting)
    try {
      const verify = createBundleVerifier(1)
      expect([verify(alice.bundle), verify(structuredClone(alice.bundle))]).toEqual([alice.address, alice.address])
      expect(operations).toBe(1)
      verify(bob.bundle)
      verify(alice.bundle)
      expect(operations).toBe(3)
    } finally {
      useSecp256k1(previous)
    }
  })

  test('the newest of the owner is chosen from what lies on a contact topic', () => {
    const broken = { ...alice.bundle, preKey: bob.bundle.preKey }
    expect(chooseContact([broken, bob.bundle, alice.bundle], alice.address, verifyBundle)).toBe(alice.bundle)
    expect(chooseContact([broken, bob.bundle], alice.address, verifyBundle)).toBeUndefined()
  })

  prop.prop([fc.nat(), fc.integer({ min: 1, max: 255 })], { numRuns: 50 })(
    'with any byte changed prove nothing',
    (at, difference) => {
      const bundle = structuredClone(alice.bundle)
      const parts = [
        bundle.identityKey.keyBytes,
        bundle.identityKey.signature.bytes,
        bundle.preKey.keyBytes,
        bundle.preKey.signature.bytes,
      ]
      const part = parts[at % 4]!
      part[(at >> 2) % part.length]! ^= difference
      expectTyped(() => expect(verifyBundle(bundle)).not.toBe(alice.address))
    },
  )
})

describe('keyrings', () => {
  test('agree on a secret when one sends and the other receives', () => {
    const [a, b] = [createKeyring(alice), createKeyring(bob)]
    const secret = a.secretWith(bob.bundle, { role: 'sender' })
    expect(secret).toHaveLength(195)
    expect(b.secretWith(alice.bundle, { role: 'recipient' })).toEqual(secret)
    expect(b.secretWith(alice.bundle, { role: 'sender' })).not.toEqual(secret)
    expect(a.secretWith(bob.bundle, { role: 'sender' })).toBe(secret)
  })

  test('agree under the pre-key that the peer used', async () => {
    const next = await createIdentity(walletOf(0x11), { createdMs })
    const signed = { ...alice.keys, preKeys: [alice.preKey] }
    const older = createKeyring(toIdentity(signed))
    const mixed = createKeyring({ ...alice, keys: { ...alice.keys, preKeys: [next.preKey, alice.preKey] } })
    const options = { role: 'recipient', mine: alice.bundle } as const
    expect(mixed.secretWith(bob.bundle, options)).toEqual(older.secretWith(bob.bundle, options))
    expect(mixed.secretWith(bob.bundle, { ...options, mine: next.bundle })).not.toEqual(
      older.secretWith(bob.bundle, options),
    )
  })

  test('agree on nothing with a bundle that does not hold', () => {
    const broken = { ...bob.bundle, preKey: alice.bundle.preKey }
    expect(() => createKeyring(alice).secretWith(broken, { role: 'sender' })).toThrow(BundleInvalidError)
  })

  test('tell accounts apart that differ in their keys only', () => {
    expect(privateKeyToAccount(`0x${'22'.repeat(32)}`).address).toBe(bob.address)
    expect(bundleId(alice.bundle)).not.toBe(bundleId(bob.bundle))
  })
})
