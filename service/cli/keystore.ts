import { createCipheriv, createDecipheriv, pbkdf2, timingSafeEqual } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { scryptAsync } from '@noble/hashes/scrypt.js'
import { BaseError } from '@pennypost/sdk'
import { fromHex, type Hex, keccak256, randomBytes, toHex, utf8 } from '@pennypost/sdk/crypto'
import { privateKeyToAddress } from 'viem/accounts'

// Web3 secret storage, version 3, as geth, foundry and most wallets write it:
// https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage

/** Bytes that a derivation may use: a file of somebody else's must not fill the machine. */
const mostMemory = 1 << 30
const usual = { n: 1 << 17, r: 8, p: 1, dklen: 32 }

type Derivation = {
  readonly kdf: string
  readonly kdfparams: { readonly salt: string; readonly [parameter: string]: number | string }
}
type Sealed = Derivation & {
  readonly cipher: string
  readonly ciphertext: string
  readonly cipherparams: { readonly iv: string }
  readonly mac: string
}

/** Reads a keystore file that nobody but its owner may read. */
export async function readKeystore(path: string): Promise<string> {
  const { mode } = await stat(path).catch((cause) => {
    throw new KeystoreMalformedError(`There is no keystore at ${path}.`, { cause })
  })
  if (process.platform === 'win32' || (mode & 0o077) === 0) return readFile(path, 'utf8')
  throw new KeystoreExposedError(`Others may read ${path}.`, { hint: `Run: chmod 600 ${path}` })
}

/** The private key in a keystore. Throws {@link KeystorePasswordWrongError}, {@link KeystoreMalformedError}. */
export async function openKeystore(json: string, password: string): Promise<Hex> {
  const { ciphertext, cipherparams, mac, ...derivation } = sealedOf(json)
  try {
    const key = await deriveKey(derivation, password)
    const sealed = fromHex(ciphertext)
    if (!timingSafeEqual(macOf(key, sealed), fromHex(mac)))
      throw new KeystorePasswordWrongError('The password is wrong.')
    const decipher = createDecipheriv('aes-128-ctr', key.subarray(0, 16), fromHex(cipherparams.iv))
    return `0x${Buffer.concat([decipher.update(sealed), decipher.final()]).toString('hex')}`
  } catch (cause) {
    if (cause instanceof KeystorePasswordWrongError) throw cause
    throw new KeystoreMalformedError('The keystore cannot be read.', { cause })
  }
}

/** Encrypts a private key. `n` is scrypt's cost, a power of two. */
export async function sealKeystore(key: Uint8Array, password: string, { n = usual.n } = {}): Promise<string> {
  const [salt, iv] = [randomBytes(32), randomBytes(16)]
  const kdfparams = { ...usual, n, salt: toHex(salt) }
  const derived = await deriveKey({ kdf: 'scrypt', kdfparams }, password)
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv)
  const ciphertext = new Uint8Array(Buffer.concat([cipher.update(key), cipher.final()]))
  const crypto: Sealed = {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: toHex(iv) },
    ciphertext: toHex(ciphertext),
    kdf: 'scrypt',
    kdfparams,
    mac: toHex(macOf(derived, ciphertext)),
  }
  const address = privateKeyToAddress(`0x${toHex(key)}`)
    .slice(2)
    .toLowerCase() // geth asks for it
  return JSON.stringify({ version: 3, id: globalThis.crypto.randomUUID(), address, crypto })
}

function sealedOf(json: string): Sealed {
  try {
    const { version, crypto, Crypto = crypto } = JSON.parse(json)
    if (version === 3 && Crypto.cipher === 'aes-128-ctr') return Crypto
  } catch {
    // what the file holds is not repeated
  }
  throw new KeystoreMalformedError('Expected a keystore of version 3 with aes-128-ctr.')
}

const macOf = (key: Uint8Array, sealed: Uint8Array): Uint8Array =>
  keccak256(new Uint8Array([...key.subarray(16, 32), ...sealed]))

async function deriveKey({ kdf, kdfparams }: Derivation, password: string): Promise<Uint8Array> {
  const salt = fromHex(kdfparams.salt)
  if (kdf === 'pbkdf2' && kdfparams.prf === 'hmac-sha256') {
    return promisify(pbkdf2)(password, salt, Number(kdfparams.c), 32, 'sha256')
  }
  if (kdf !== 'scrypt') throw new KeystoreMalformedError('Expected scrypt, or pbkdf2 with hmac-sha256.')
  // Not that of node:crypto, which refuses parameters that geth has used: N of 2^18 with r of 1.
  const { n, r, p } = kdfparams
  return scryptAsync(utf8(password), salt, { N: Number(n), r: Number(r), p: Number(p), dkLen: 32, maxmem: mostMemory })
}

/** What a file holds is not a keystore that can be opened. */
export class KeystoreMalformedError extends BaseError {
  override readonly code = 'keystore.malformed'
}

/** Others than its owner may read a keystore. */
export class KeystoreExposedError extends BaseError {
  override readonly code = 'keystore.exposed'
}

/** A keystore does not open with this password. */
export class KeystorePasswordWrongError extends BaseError {
  override readonly code = 'keystore.password-wrong'
}
