import { type Address, addressToBytes, concatBytes, poseidon, toBase64Url, toBytes32 } from '@pennypost/sdk/crypto'
import { type ClaimContent, type ClaimForm, certificateMessage, claimDigestOf, vcTextOf } from '@pennypost/sdk/verifier'
import { attest } from './eas.ts'
import type { IssuerKey } from './issuer-key.ts'

/** What a claim is about. */
export type Claimed = Pick<ClaimContent, 'fact' | 'epoch' | 'subject' | 'block' | 'salt'>

/** A claim that is signed. */
export type SignedClaim = {
  /** What was signed, 32 bytes. */
  readonly digest: Uint8Array
  /** R and S, 64 bytes. */
  readonly signature: Uint8Array
  /** As others read it: the JSON of an attestation, or a JWT. */
  readonly document: string
}

/** Signs claims by name. */
export type ClaimSigner = {
  /** In which forms. */
  readonly forms: readonly ClaimForm[]
  sign(form: ClaimForm, claimed: Claimed): SignedClaim
  /** Of the key that signs them in an epoch: always the same. */
  certificate(epoch: number): {
    readonly key: Uint8Array
    readonly eas: Uint8Array
    readonly signature: Uint8Array
  }
}

type Options = {
  readonly key: IssuerKey
  readonly networkId: Uint8Array
  readonly chainId: bigint
  /** The contract that attestations name; without one there are none. */
  readonly eas: Address | undefined
}

/** Signs claims in the name of an issuer. */
export function createClaimSigner({ key: issuer, networkId, chainId, eas: contract }: Options): ClaimSigner {
  const eas = contract === undefined ? new Uint8Array(20) : addressToBytes(contract)
  const { key, sign } = issuer.claims
  const makers: Readonly<Record<ClaimForm, (content: ClaimContent) => SignedClaim>> = {
    eas: (content) => attest(content, sign),
    vc(content) {
      const digest = claimDigestOf('vc', content)
      const { bytes: signature } = sign(digest)
      return { digest, signature, document: `${vcTextOf(content)}.${toBase64Url(signature)}` }
    },
  }
  return {
    forms: contract === undefined ? ['vc'] : ['eas', 'vc'],
    sign(form, claimed) {
      const content = { networkId, chainId, issuer: { x: issuer.x, y: issuer.y }, key, eas, ...claimed }
      return makers[form](content)
    },
    certificate(epoch) {
      const { r8x, r8y, s } = issuer.sign(certificateMessage({ networkId, epoch, key, eas }, poseidon))
      return { key, eas, signature: concatBytes(...[r8x, r8y, s].map(toBytes32)) }
    },
  }
}
