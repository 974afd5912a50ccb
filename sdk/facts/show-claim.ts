import type { Claim } from '../codec/index.ts'
import { concatBytes, type Hex, issuerNameOf, parseWalletSignature, toBytes32, toHex } from '../crypto/index.ts'
import { claimForms, namedNullifierOf, type Shown, shownDomain, shownTypes } from '../verifier/index.ts'
import type { IssuedClaim } from './ask-for-claim.ts'

/** The fields of a claim as evidence. */
export type ClaimFields = Omit<Claim, '$typeName' | '$unknown' | 'certificate'> & {
  readonly certificate: { readonly key: Uint8Array; readonly eas: Uint8Array; readonly signature: Uint8Array }
}

/** What the account signs to show a claim (EIP-712): for one use, by its own key. */
export const shownTypedData = ({ topic, use, number }: Shown) =>
  ({
    domain: shownDomain,
    types: shownTypes,
    primaryType: 'Show',
    message: { topic, use: `0x${toHex(use)}` as Hex, number: BigInt(number) },
  }) as const

/** A claim as evidence for one use: with the number of the use, and the account's signature over {@link shownTypedData}. */
export function showClaim(
  claim: IssuedClaim,
  {
    networkId,
    number,
    signature,
  }: { readonly networkId: Uint8Array; readonly number: number; readonly signature: string },
): ClaimFields {
  const { bytes, recovery } = parseWalletSignature(signature)
  const { form, issuer, key, eas, certificate, subject, epoch, block, salt } = claim
  const issuerName = issuerNameOf(issuer)
  return {
    form: claimForms[form],
    issuer: concatBytes(issuer.x, issuer.y),
    certificate: { key, eas, signature: certificate },
    subject,
    epoch: BigInt(epoch),
    blockNumber: block.number,
    blockHash: block.hash,
    salt,
    signature: claim.signature,
    number,
    nullifier: toBytes32(namedNullifierOf({ ...claim, networkId, issuerName, number })),
    shown: concatBytes(bytes, Uint8Array.of(recovery)),
  }
}
