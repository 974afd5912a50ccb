import { toAddress } from '../crypto/address.ts'
import { toBase64Url, toHex, utf8 } from '../crypto/bytes.ts'
import { cacheKey, createCache } from '../crypto/cache.ts'
import { sha256 } from '../crypto/hash.ts'
import { chainOf, predicateOf } from '../policy/index.ts'
import { type ClaimContent, claimLifeOf } from './claim-content.ts'

const base64Json = (value: object): string => toBase64Url(utf8(JSON.stringify(value)))

/** The issuer of a credential by its key (`did:jwk`), which nobody has to be asked for. */
export const issuerDidOf = (key: Uint8Array): string =>
  `did:jwk:${base64Json({
    kty: 'EC',
    crv: 'secp256k1',
    x: toBase64Url(key.subarray(0, 32)),
    y: toBase64Url(key.subarray(32)),
  })}`

/**
 * What an issuer signs of a claim as a W3C credential (Verifiable Credentials 2.0, secured as `vc+jwt`): header and payload of the
 * JWT, joined by a dot. One content has one text, so that a verifier makes it again instead of reading it.
 */
export function vcTextOf(content: ClaimContent): string {
  const { did, header } = issuers.getOrMake(cacheKey(content.key), () => issuerOf(content.key))
  return `${header}.${base64Json(payloadOf(content, did))}`
}

/** Claims are signed by few keys, in an epoch one of each issuer. */
const issuers = createCache<ReturnType<typeof issuerOf>>(64)

function issuerOf(key: Uint8Array) {
  const did = issuerDidOf(key)
  return { did, header: base64Json({ alg: 'ES256K', typ: 'vc+jwt', cty: 'vc', kid: `${did}#0` }) }
}

function payloadOf({ fact, networkId, chainId, epoch, subject, block, salt }: ClaimContent, issuer: string) {
  const { from, until } = claimLifeOf(epoch)
  const id = `urn:pennypost:claim:${toHex(salt)}`
  const account = `did:pkh:eip155:${chainOf(fact) ?? chainId}:${toAddress(subject)}`
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2', { '@vocab': 'urn:pennypost:' }],
    type: ['VerifiableCredential', 'Fact'],
    id,
    issuer,
    validFrom: timeOf(from),
    validUntil: timeOf(until),
    credentialSubject: {
      id: account,
      fact: predicateOf(fact),
      network: `0x${toHex(networkId)}`,
      epoch,
      block: { number: String(block.number), hash: `0x${toHex(block.hash)}` },
    },
    iss: issuer,
    sub: account,
    jti: id,
    nbf: from,
    exp: until,
  }
}

const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000', '')

/** What of it is signed (ES256K): SHA-256 of the text. */
export const vcDigestOf = (content: ClaimContent): Uint8Array => sha256(utf8(vcTextOf(content)))
