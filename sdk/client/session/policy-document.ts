import {
  encodePolicyFields,
  encodeSignedPolicy,
  policyStatement,
  writeLegacyKey,
  writeSignature,
} from '../../codec/index.ts'
import { addressToBytes, keccak256, signDigest } from '../../crypto/index.ts'
import type { Identity } from '../../identity/index.ts'

type Fields = Pick<Parameters<typeof encodePolicyFields>[0], 'version' | 'rule' | 'sealedKeys'>

/** Makes a version of an account's policy document, signed by its identity key. */
export function signPolicy(
  { identity, networkId }: { readonly identity: Identity; readonly networkId: Uint8Array },
  fields: Fields,
): Uint8Array {
  const { identityKey } = identity.keys
  const document = encodePolicyFields({ networkId, owner: addressToBytes(identity.address), ...fields })
  const signature = signDigest(keccak256(policyStatement(document)), identityKey.secret)
  return encodeSignedPolicy({
    document,
    identityKey: writeLegacyKey(identityKey.publicKey),
    signature: writeSignature({ ...signature, signer: 'key' }),
  })
}
