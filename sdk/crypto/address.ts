import { BaseError } from '../errors.ts'
import { fromHex, type Hex, toHex, utf8 } from './bytes.ts'
import { keccak256 } from './hash.ts'

/** An account's address with the checksum of EIP-55. */
export type Address = Hex

/** Nobody's address. */
export const zeroAddress: Address = `0x${'00'.repeat(20)}`

/** 20 bytes as an address with the checksum of EIP-55. */
export function toAddress(bytes: Uint8Array): Address {
  if (bytes.length !== 20) throw new AddressMalformedError('Expected 20 bytes.')
  const digits = toHex(bytes)
  const hash = keccak256(utf8(digits))
  let out = ''
  for (let i = 0; i < digits.length; i++) {
    const nibble = ((hash[i >> 1] ?? 0) >> (i % 2 === 0 ? 4 : 0)) & 0xf
    out += nibble >= 8 ? digits.charAt(i).toUpperCase() : digits.charAt(i)
  }
  return `0x${out}`
}

/** What is wrong with an address that somebody gave; undefined if nothing is. See {@link addressToBytes}. */
export function faultOfAddress(text: string): string | undefined {
  const found = `found "${text.slice(0, 100)}"`
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return `expected 0x and 40 hex digits, ${found}`
  const digits = text.slice(2)
  const hasChecksum = digits !== digits.toLowerCase() && digits !== digits.toUpperCase()
  if (!hasChecksum || toAddress(fromHex(digits)) === text) return undefined
  return `expected the EIP-55 checksum (the case of the letters), ${found}`
}

/**
 * The 20 bytes of an address. All in lower case or all in upper case has no checksum; mixed case has one, which must be
 * right: a mistyped digit would be somebody else's account.
 */
export function addressToBytes(address: string): Uint8Array {
  const fault = faultOfAddress(address)
  if (fault === undefined) return fromHex(address)
  throw new AddressMalformedError(`Not an address: ${fault}.`, { hint: 'Copy it again.' })
}

/** The same account with the checksum of EIP-55. */
export function checksumAddress(address: string): Address {
  return toAddress(addressToBytes(address))
}

/** Whether a text is an address in exactly the case that EIP-55 prescribes. */
export function isAddress(text: string): text is Address {
  return /^0x[0-9a-fA-F]{40}$/.test(text) && toAddress(fromHex(text)) === text
}

/** The account of a secp256k1 public key (65 bytes): the last 20 bytes of the hash of its coordinates. */
export function addressOf(publicKey: Uint8Array): Address {
  return toAddress(keccak256(publicKey.subarray(1)).subarray(12))
}

/** A text that is no address, or whose checksum says that it was mistyped. */
export class AddressMalformedError extends BaseError {
  override readonly code = 'address.malformed'
}
