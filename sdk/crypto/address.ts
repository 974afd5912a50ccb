import { BaseError } from '../errors.ts'
import { fromHex, type Hex, toHex, utf8 } from './bytes.ts'
import { keccak256 } from './hash.ts'

/** An account's address with the checksum of EIP-55. */
export type Address = Hex

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

/** The 20 bytes of an address in any case; a mixed-case one is not checked. */
export function addressToBytes(address: string): Uint8Array {
  if (!/^0x[0-9a-fA-F]{40}$/.test(address)) throw new AddressMalformedError('Expected 0x and 40 hex digits.')
  return fromHex(address)
}

/** The same account with the checksum of EIP-55, whatever the case given. */
export function checksumAddress(address: string): Address {
  return toAddress(addressToBytes(address))
}

/** Whether a text is an address in exactly the case that EIP-55 prescribes. */
export function isAddress(text: string): text is Address {
  return /^0x[0-9a-fA-F]{40}$/.test(text) && checksumAddress(text) === text
}

/** The account of a secp256k1 public key (65 bytes): the last 20 bytes of the hash of its coordinates. */
export function addressOf(publicKey: Uint8Array): Address {
  return toAddress(keccak256(publicKey.subarray(1)).subarray(12))
}

/** A text that is no address. */
export class AddressMalformedError extends BaseError {
  override readonly code = 'address.malformed'
}
