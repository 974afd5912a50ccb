import { fc, test as prop } from '@fast-check/vitest'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import {
  checkWalletSignature,
  fromHex,
  hashPersonalMessage,
  toHex,
  WalletSignatureError,
} from '../../../sdk/crypto/index.ts'
import { type SignatureForm, signatureForms, writeAs } from '../../helpers/signatures.ts'

const account = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const other = privateKeyToAccount(`0x${'12'.repeat(32)}`)
const digest = hashPersonalMessage('hello')
const expected = { digest, account: account.address }

describe("a wallet's signature", () => {
  const forms = Object.keys(signatureForms) as SignatureForm[]
  test.each(forms)('with %s is the same one', async (form) => {
    for (const message of ['hello', 'again', 'and', 'more']) {
      const signature = await account.signMessage({ message })
      const asked = { digest: hashPersonalMessage(message), account: account.address }
      expect(checkWalletSignature(writeAs(form, signature), asked)).toBe(signature)
    }
  })

  test('is checked against an account in any case that addresses may have', async () => {
    const signature = await account.signMessage({ message: 'hello' })
    const lower = account.address.toLowerCase()
    expect(checkWalletSignature(signature, { digest, account: lower })).toBe(signature)
  })

  test.each<[string, () => unknown, RegExp]>([
    [
      'by another account',
      () => other.signMessage({ message: 'hello' }),
      new RegExp(`not by ${account.address}.*${other.address}`),
    ],
    ['of something else', () => account.signMessage({ message: 'bye' }), new RegExp(`not by ${account.address}`)],
    ['of a contract', () => `0x${'00'.repeat(96)}`, /has 96 bytes; a key's has 65, or 64.*Contract accounts/],
    ['of no bytes', () => '0x', /has 0 bytes/],
    ['that is no hexadecimal', () => 'signed, sincerely', /not hexadecimal/],
    ['that is no text', () => undefined, /answered with undefined/],
    ['with v of a chain', () => `0x${'11'.repeat(64)}25`, /ends in v = 37/],
    ['of zeros', () => `0x${'00'.repeat(65)}`, /No key can have made/],
    ['with an S beyond the curve', () => `0x${'11'.repeat(32)}${'ff'.repeat(32)}1b`, /not below the curve's order/],
  ])('%s is refused in true words', async (_, make, words) => {
    const signature = await make()
    expect(() => checkWalletSignature(signature, expected)).toThrow(WalletSignatureError)
    expect(() => checkWalletSignature(signature, expected)).toThrow(words)
  })

  prop.prop([fc.uint8Array({ maxLength: 70 })])('of any bytes is refused with a typed error', (bytes) => {
    expect(() => checkWalletSignature(toHex(bytes), expected)).toThrow(WalletSignatureError)
  })

  prop.prop([fc.nat(519)])('with any bit changed is refused', async (bit) => {
    const bytes = fromHex(await account.signMessage({ message: 'hello' }))
    bytes[bit >> 3]! ^= 1 << (bit & 7)
    expect(() => checkWalletSignature(`0x${toHex(bytes)}`, expected)).toThrow(WalletSignatureError)
  })
})
