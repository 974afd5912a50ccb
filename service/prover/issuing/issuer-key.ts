import { join } from 'node:path'
import { blake512 } from '@noble/hashes/blake1.js'
import {
  BabyJubjub,
  type BabyJubjubKey,
  concatBytes,
  fromBytes,
  fromHex,
  hkdfSha256,
  poseidon,
  publicKeyOf,
  type RecoverableSignature,
  randomBytes,
  signDigest,
  toBytes32,
  toHex,
  utf8,
} from '@pennypost/sdk/crypto'
import type { NoteSignature } from '@pennypost/sdk/facts'
import { BaseError } from '@pennypost/sdk/verifier'
import { readIfThere, writeDurably } from '../../plugins/durable-file.ts'

/** What an issuer attests facts with; circuits can check what it signs. */
export type IssuerKey = BabyJubjubKey & {
  /** Signs a field element, always alike. */
  sign(message: bigint): NoteSignature
  /** A key of secp256k1 that follows from it, for claims that others can check: 64 bytes, and what signs a digest. */
  readonly claims: { readonly key: Uint8Array; sign(digest: Uint8Array): RecoverableSignature }
}

const fileName = 'issuer.key'
const { BASE, Fn } = BabyJubjub

/** The issuer of a private key, 32 bytes of hex: EdDSA-Poseidon as circomlib has it, key and signature alike to the bit. */
export function createIssuerKey(privateKey: string): IssuerKey {
  const secret = readKey(privateKey)
  const claimKey = hkdfSha256(secret, { info: utf8('pennypost/claim-key/v1'), length: 32 })
  const hash = blake512(secret)
  const scalar = fromLittleEndian(prune(hash.slice(0, 32)))
  const key = BASE.multiply(Fn.create(scalar >> 3n)).toAffine() // BASE is eight times what the scalar is of
  return {
    x: toBytes32(key.x),
    y: toBytes32(key.y),
    sign(message) {
      const nonce = Fn.create(fromLittleEndian(blake512(concatBytes(hash.slice(32), toBytes32(message).reverse()))))
      const { x, y } = BASE.multiply(nonce).toAffine()
      const challenge = poseidon([x, y, key.x, key.y, message])
      return { r8x: x, r8y: y, s: Fn.create(nonce + challenge * scalar) }
    },
    claims: { key: publicKeyOf(claimKey).slice(1), sign: (digest) => signDigest(digest, claimKey) },
  }
}

/** The private key kept in a directory; made there, readable by its owner only, the first time. */
export async function loadIssuerKey(directory: string): Promise<string> {
  const path = join(directory, fileName)
  const known = await readIfThere(path)
  if (known !== undefined) return known.trim()
  const key = makeIssuerKey()
  await writeDurably(path, `${key}\n`)
  return key
}

/** A private key for a prover that keeps nothing. */
export const makeIssuerKey = (): string => `0x${toHex(randomBytes(32))}`

function readKey(privateKey: string): Uint8Array {
  if (/^(0x)?[0-9a-fA-F]{64}$/.test(privateKey)) return fromHex(privateKey)
  throw new IssuerKeyMalformedError("Expected an issuer's private key of 64 hex digits.", {
    hint: `Correct PENNYPOST_ISSUER_KEY, or restore ${fileName} in the data directory.`,
  })
}

/** A multiple of the cofactor, of full length. */
function prune(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i === 0 ? byte & 0xf8 : i === 31 ? (byte & 0x7f) | 0x40 : byte))
}

const fromLittleEndian = (bytes: Uint8Array): bigint => fromBytes(bytes.slice().reverse())

/** An issuer's private key that is none. */
export class IssuerKeyMalformedError extends BaseError {
  readonly code = 'issuer.key-malformed'
}
