import { BaseError } from '../errors.ts'
import { fromBytes, toBytes32 } from './abi.ts'
import { type Address, addressOf, checksumAddress } from './address.ts'
import { BytesMalformedError, concatBytes, fromHex, type Hex, toHex } from './bytes.ts'
import { isLowS, type RecoverableSignature, recoverPublicKey, SignatureInvalidError } from './secp256k1.ts'

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/**
 * A wallet's signature in one form, whatever form the wallet has: R ‖ S ‖ v of 65 bytes with v of 0, 1, 27 or 28, or the
 * 64 bytes of EIP-2098; hex in either case, with or without `0x`; the higher of the two S becomes the lower.
 */
export function parseWalletSignature(text: string): RecoverableSignature {
  const { bytes, recovery } = splitSignature(bytesOf(text))
  if (isLowS(bytes)) return { bytes, recovery }
  const s = fromBytes(bytes.subarray(32))
  if (s >= order) throw new SignatureInvalidError("The signature's S is not below the curve's order.")
  return { bytes: concatBytes(bytes.subarray(0, 32), toBytes32(order - s)), recovery: 1 - recovery }
}

/** R ‖ S ‖ v with v of 27 or 28, as contracts take it and as most wallets write it. */
export function formatWalletSignature({ bytes, recovery }: RecoverableSignature): Hex {
  return `0x${toHex(bytes)}${toHex(Uint8Array.of(27 + recovery))}`
}

/** The other ways in which wallets write a signature that {@link checkWalletSignature} has answered. */
export function otherForms(signature: Hex): Hex[] {
  const { bytes, recovery } = parseWalletSignature(signature)
  const high = concatBytes(bytes.subarray(0, 32), toBytes32(order - fromBytes(bytes.subarray(32))))
  const compact = bytes.slice()
  compact[32] = (compact[32] ?? 0) | (recovery << 7)
  const withV = (rs: Uint8Array, v: number): Hex => `0x${toHex(rs)}${toHex(Uint8Array.of(v))}`
  return [withV(bytes, recovery), withV(high, 28 - recovery), withV(high, 1 - recovery), `0x${toHex(compact)}`]
}

/** What was to be signed, and by whom. */
export type ExpectedSigner = { readonly digest: Uint8Array; readonly account: string }

/**
 * A wallet's signature in the form that contracts take, after checking that this account has signed this digest. Throws
 * {@link WalletSignatureError}, which says what is wrong.
 */
export function checkWalletSignature(text: unknown, { digest, account }: ExpectedSigner): Hex {
  const expected = checksumAddress(account)
  const { signature, signer } = signerOf(text, digest)
  if (signer === expected) return formatWalletSignature(signature)
  throw new WalletSignatureError(
    `The signature is not by ${expected}; over what was asked for, it would be by ${signer}.`,
    {
      hint: 'The wallet signed with another account, or signed something else. Contract accounts have no key.',
    },
  )
}

function signerOf(text: unknown, digest: Uint8Array): { signature: RecoverableSignature; signer: Address } {
  try {
    if (typeof text !== 'string')
      throw new SignatureInvalidError(`The wallet answered with ${typeof text} instead of text.`)
    const signature = parseWalletSignature(text)
    return { signature, signer: addressOf(recoverPublicKey(signature, digest)) }
  } catch (cause) {
    if (!(cause instanceof SignatureInvalidError)) throw cause
    throw new WalletSignatureError(cause.message, { cause, hint: cause.hint })
  }
}

function bytesOf(text: string): Uint8Array {
  try {
    return fromHex(text.trim().replace(/^0X/, '0x'))
  } catch (cause) {
    if (!(cause instanceof BytesMalformedError)) throw cause
    throw new SignatureInvalidError('The signature is not hexadecimal.', { cause })
  }
}

/** R ‖ S and which of the two keys signed. */
function splitSignature(bytes: Uint8Array): RecoverableSignature {
  if (bytes.length === 64) return splitCompact(bytes)
  if (bytes.length !== 65) {
    throw new SignatureInvalidError(`The signature has ${bytes.length} bytes; a key's has 65, or 64 in compact form.`, {
      hint: 'Contract accounts sign in another format.',
    })
  }
  const v = bytes[64] ?? 0
  const recovery = v >= 27 ? v - 27 : v
  if (recovery > 1) throw new SignatureInvalidError(`The signature ends in v = ${v}; expected 0, 1, 27 or 28.`)
  return { bytes: bytes.slice(0, 64), recovery }
}

/** EIP-2098: the first bit of S says which key. */
function splitCompact(bytes: Uint8Array): RecoverableSignature {
  const split = bytes.slice()
  const first = split[32] ?? 0
  split[32] = first & 0x7f
  return { bytes: split, recovery: first >> 7 }
}

/** A wallet's signature that is none, or not of the account. */
export class WalletSignatureError extends BaseError {
  override readonly code = 'wallet.signature'
}
