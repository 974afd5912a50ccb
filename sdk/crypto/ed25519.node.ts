import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { concatBytes, fromHex } from './bytes.ts'
import { cacheKey, createCache } from './cache.ts'
import type { Ed25519 } from './ed25519.ts'

const privatePrefix = fromHex('302e020100300506032b657004220420') // PKCS #8 of RFC 8410
const publicPrefix = fromHex('302a300506032b6570032100') // SubjectPublicKeyInfo of RFC 8410

/** Ed25519 by Node's OpenSSL, with the most recently used public keys kept parsed. Plug in with `useEd25519`. */
export function createNodeEd25519(cacheSize = 10_000): Ed25519 {
  const parsed = createCache<KeyObject>(cacheSize)

  return {
    publicKey: (seed) =>
      new Uint8Array(createPublicKey(parseSeed(seed)).export({ format: 'der', type: 'spki' }).subarray(-32)),
    sign: (message, seed) => new Uint8Array(sign(null, message, parseSeed(seed))),
    verify(signature, message, publicKey) {
      const key = parsed.getOrMake(cacheKey(publicKey), () => parsePublicKey(publicKey))
      return verify(null, message, key, signature)
    },
  }
}

function parsePublicKey(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(concatBytes(publicPrefix, publicKey)), format: 'der', type: 'spki' })
}

function parseSeed(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(concatBytes(privatePrefix, seed)), format: 'der', type: 'pkcs8' })
}
