import { fc, test as prop } from '@fast-check/vitest'
import { privateKeyToAccount } from 'viem/accounts'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  createIdentityText,
  decodeProto,
  encodeProto,
  encodeToken,
  encodeUnsignedKey,
  type SignedPublicKey,
  TokenExpiredError,
  TokenFromFutureError,
  TokenInvalidError,
  TokenMalformedError,
  tokenLifetimeNs,
  verifyToken,
} from '../../../sdk/codec/index.ts'
import { fromBase64, parseWalletSignature, publicKeyOf, toBase64, toHex } from '../../../sdk/crypto/index.ts'
import { type Token, TokenSchema } from '../../../sdk/generated/proto/xmtp/message_api/v1/authn_pb.ts'
import { stock } from '../../helpers/stock.ts'

const wallet = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const privateKey = new Uint8Array(32).fill(0x33)
const now = 1_700_000_000
const createdNs = BigInt(now) * 1_000_000_000n

let identityKey: SignedPublicKey
let token: string

beforeAll(async () => {
  const publicKey = publicKeyOf(privateKey)
  const keyBytes = encodeUnsignedKey(publicKey, 1_699_999_999_999n)
  const signature = parseWalletSignature(await wallet.signMessage({ message: createIdentityText(keyBytes) }))
  identityKey = { keyBytes, publicKey, created: 1_699_999_999_999n, signature: { ...signature, signer: 'wallet' } }
  token = encodeToken({ address: wallet.address, identityKey, privateKey, createdNs })
})

/** The token with its message changed. */
function changed(change: (message: Token) => void): string {
  const message = decodeProto(TokenSchema, fromBase64(token))
  change(message)
  return toBase64(encodeProto(TokenSchema, message))
}

function set<T>(target: T | undefined, values: Partial<T>): void {
  Object.assign(target!, values)
}

describe('verifyToken', () => {
  test('proves the account and the time', () => {
    expect(verifyToken(token, now)).toEqual({ address: wallet.address, createdNs })
  })

  test('accepts a token for exactly an hour', () => {
    const hour = Number(tokenLifetimeNs / 1_000_000_000n)
    expect(verifyToken(token, now + hour).address).toBe(wallet.address)
    expect(() => verifyToken(token, now + hour + 0.001)).toThrow(TokenExpiredError)
  })

  test('accepts a token of a client whose clock is fast by an hour, and no other from the future', () => {
    expect(verifyToken(token, now - 3600).address).toBe(wallet.address)
    for (const ahead of [3600.001, 86_400]) expect(() => verifyToken(token, now - ahead)).toThrow(TokenFromFutureError)
  })

  test('accepts the wallet signature under either tag', () => {
    const retagged = changed(({ identityKey: key }) => {
      const union = key?.signature?.union
      if (union?.case === 'ecdsaCompact') key!.signature!.union = { case: 'walletEcdsaCompact', value: union.value }
    })
    expect(retagged).not.toBe(token)
    expect(verifyToken(retagged, now).address).toBe(wallet.address)
  })

  test.each([11, 12, 13] as const)(
    'accepts the token of the stock client %i and makes the same one',
    async (version) => {
      const { PrivateKeyBundleV1, LocalAuthenticator } = stock[version]
      const bundle = await PrivateKeyBundleV1.generate({
        getAddress: async () => wallet.address,
        signMessage: (message: string) => wallet.signMessage({ message }),
      })
      const theirs = (await new LocalAuthenticator(bundle.identityKey).createToken(new Date(now * 1000))).toBase64()
      expect(verifyToken(theirs, now)).toEqual({ address: wallet.address, createdNs })

      const { publicKey } = bundle.identityKey
      const signature = { ...publicKey.signature.ecdsaCompact, signer: 'wallet' as const }
      const key = publicKey.secp256k1Uncompressed.bytes
      const created = BigInt(publicKey.timestamp.toString())
      const ours = encodeToken({
        address: wallet.address,
        identityKey: { keyBytes: encodeUnsignedKey(key, created), publicKey: key, created, signature },
        privateKey: bundle.identityKey.secp256k1.bytes,
        createdNs,
      })
      expect(ours).toBe(theirs)
    },
  )

  test('refuses the token of an account for another', () => {
    const forged = encodeToken({ address: `0x${toHex(new Uint8Array(20))}`, identityKey, privateKey, createdNs })
    expect(() => verifyToken(forged, now)).toThrow(TokenInvalidError)
  })

  test('refuses an address that is not in the case of EIP-55', () => {
    const address = wallet.address.toLowerCase() as `0x${string}`
    expect(() => verifyToken(encodeToken({ address, identityKey, privateKey, createdNs }), now)).toThrow(
      TokenInvalidError,
    )
  })

  test('refuses a token that another key signed', () => {
    const forged = encodeToken({
      address: wallet.address,
      identityKey,
      privateKey: new Uint8Array(32).fill(5),
      createdNs,
    })
    expect(() => verifyToken(forged, now)).toThrow(TokenInvalidError)
  })

  test('refuses a token signed as a wallet signs', () => {
    const retagged = changed((message) => {
      const value = message.authDataSignature!.union.value!
      message.authDataSignature!.union = { case: 'walletEcdsaCompact', value }
    })
    expect(() => verifyToken(retagged, now)).toThrow(TokenInvalidError)
  })

  test('refuses an identity key whose time was changed', () => {
    expect(() =>
      verifyToken(
        changed(({ identityKey: key }) => void key!.timestamp++),
        now,
      ),
    ).toThrow(TokenInvalidError)
  })

  test('refuses an identity key that no wallet can have signed', () => {
    const unsigned = changed(({ identityKey: key }) => void key!.signature!.union.value!.bytes.fill(0))
    expect(() => verifyToken(unsigned, now)).toThrow(TokenInvalidError)
  })

  test.each<[string, (message: Token) => void]>([
    ['no identity key', (message) => void delete message.identityKey],
    ['no signature', (message) => void delete message.authDataSignature],
    ['an unsigned identity key', (message) => void delete message.identityKey!.signature],
    [
      'a compressed identity key',
      ({ identityKey: key }) => set(key!.secp256k1Uncompressed, { bytes: new Uint8Array(33) }),
    ],
    [
      'a signature of 65 bytes',
      (message) => set(message.authDataSignature!.union.value, { bytes: new Uint8Array(65) }),
    ],
    ['recovery 2', (message) => set(message.authDataSignature!.union.value, { recovery: 2 })],
    ['data that is no protobuf', (message) => set(message, { authDataBytes: Uint8Array.of(0xff) })],
  ])('refuses %s', (_, change) => {
    expect(() => verifyToken(changed(change), now)).toThrow(TokenMalformedError)
  })

  test.each(['', '!', 'AAA'])('%j is no token', (text) => {
    expect(() => verifyToken(text, now)).toThrow(TokenMalformedError)
  })

  prop.prop([fc.uint8Array()])('random bytes are no token', (bytes) => {
    expect(() => verifyToken(toBase64(bytes), now)).toThrow(TokenMalformedError)
  })

  prop.prop([fc.nat(), fc.integer({ min: 1, max: 255 })])('any changed byte is noticed', (at, difference) => {
    const bytes = fromBase64(token)
    bytes[at % bytes.length]! ^= difference
    let holder: unknown
    try {
      holder = verifyToken(toBase64(bytes), now)
    } catch (error) {
      expect(
        [TokenMalformedError, TokenInvalidError, TokenExpiredError, TokenFromFutureError].some(
          (type) => error instanceof type,
        ),
      ).toBe(true)
    }
    // The recovery bit of the token's own signature decides nothing, and field tags of ignored fields neither.
    if (holder) expect(holder).toEqual({ address: wallet.address, createdNs })
  })
})
