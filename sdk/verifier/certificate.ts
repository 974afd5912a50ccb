import type { IssuerCertificate } from '../codec/lane.ts'
import { encodeLabelled, fromBytes } from '../crypto/abi.ts'
import type { BabyJubjubKey } from '../crypto/baby-jubjub.ts'
import { concatBytes, toBytes8 } from '../crypto/bytes.ts'
import { cacheKey, createCache } from '../crypto/cache.ts'
import { isIssuerSigned } from '../crypto/eddsa-poseidon.ts'
import { keccak256 } from '../crypto/hash.ts'

/** What a certificate says: which key signs an issuer's claims in an epoch, and which contract of EAS these name. */
export type CertificateContent = {
  readonly networkId: Uint8Array
  readonly epoch: number
  /** Of secp256k1, 64 bytes. */
  readonly key: Uint8Array
  /** 20 bytes. */
  readonly eas: Uint8Array
}

type Poseidon = (inputs: readonly bigint[]) => bigint

/** What notes, leaves and shares never begin with. */
const domain = 8n

/** What an issuer signs of a certificate: a field element that no note gives. */
export function certificateMessage({ networkId, epoch, key, eas }: CertificateContent, poseidon: Poseidon): bigint {
  const words = [networkId, BigInt(epoch), key.subarray(0, 32), key.subarray(32), eas]
  return poseidon([domain, fromBytes(keccak256(encodeLabelled('pennypost/issuer-certificate/v1', words))) >> 8n])
}

/** Good ones: an issuer has one for an epoch, and to check one takes milliseconds. Of bad ones anybody can make any number. */
const known = createCache<true>(64)

/** Whether an issuer has certified its key for claims of an epoch. */
export function isCertified(
  { key, eas, signature }: IssuerCertificate,
  {
    networkId,
    epoch,
    issuer,
  }: { readonly networkId: Uint8Array; readonly epoch: number; readonly issuer: BabyJubjubKey },
  poseidon: Poseidon,
): boolean {
  const name = cacheKey(concatBytes(networkId, toBytes8(BigInt(epoch)), issuer.x, issuer.y, key, eas, signature))
  const check = () => {
    const [r8x = 0n, r8y = 0n, s = 0n] = [0, 32, 64].map((at) => fromBytes(signature.subarray(at, at + 32)))
    const message = certificateMessage({ networkId, epoch, key, eas }, poseidon)
    return isIssuerSigned({ message, signature: { r8x, r8y, s }, issuer }, poseidon) || undefined
  }
  return known.getOrMake(name, check) ?? false
}
