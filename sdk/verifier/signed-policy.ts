import { recoverWallet } from '../codec/identity-text.ts'
import { decodePolicyDocument, ruleFromMessage } from '../codec/policy.ts'
import { readLegacyKey, readSignature } from '../codec/public-key.ts'
import { decodeSignedPolicy, type PolicyDocument, policyStatement, type SignedPolicy } from '../codec/signed-policy.ts'
import { toAddress } from '../crypto/address.ts'
import { equalBytes } from '../crypto/bytes.ts'
import { keccak256 } from '../crypto/hash.ts'
import { verifyDigest } from '../crypto/secp256k1.ts'
import { BaseError } from '../errors.ts'
import type { Rule } from '../policy/index.ts'

/** A policy document whose owner signed it; without a rule, the network's default holds. */
export type VerifiedPolicy = { readonly document: PolicyDocument; readonly rule: Rule | undefined }

/** Whose policy on which network is expected. */
export type PolicyTarget = { readonly networkId: Uint8Array /** 20 bytes. */; readonly owner: Uint8Array }

/** Room for some thousand blocked senders; everybody who writes to the owner has it read. */
const maxPolicyBytes = 262_144

/** Decodes a signed policy and checks it whole: network, owner, lengths, rule, and the two signatures last. */
export function verifySignedPolicy(bytes: Uint8Array, target: PolicyTarget): VerifiedPolicy {
  if (bytes.length > maxPolicyBytes) throw new PolicyInvalidError(`It is larger than ${maxPolicyBytes} bytes.`)
  const signed = decodeSignedPolicy(bytes)
  const policy = readPolicyDocument(signed.document, target)
  if (!isSigned(signed, target.owner)) throw new PolicyInvalidError('The owner has not signed the policy.')
  return policy
}

/** Decodes and checks the document alone, for those who have checked its signatures before. */
export function readPolicyDocument(bytes: Uint8Array, { networkId, owner }: PolicyTarget): VerifiedPolicy {
  const document = decodePolicyDocument(bytes)
  if (!equalBytes(document.networkId, networkId)) throw new PolicyInvalidError('It is of another network.')
  if (!equalBytes(document.owner, owner)) throw new PolicyInvalidError('It is of another account.')
  if (document.version === 0n) throw new PolicyInvalidError('Versions start at 1.')
  for (const { name, list, length } of listsOf(document)) {
    if (list.some((entry) => entry.length !== length))
      throw new PolicyInvalidError(`Expected ${length} bytes of ${name}.`)
  }
  return { document, rule: document.rule && ruleFromMessage(document.rule) }
}

const listsOf = ({ sealedKeys, blockedTags, blockedWallets, revokedConnections }: PolicyDocument) => [
  { name: 'a sealed key', list: sealedKeys.map(({ key }) => key), length: 32 },
  { name: 'a key id', list: sealedKeys.map(({ keyId }) => keyId), length: 8 },
  { name: 'a blocked tag', list: blockedTags, length: 32 },
  { name: 'a blocked wallet', list: blockedWallets, length: 20 },
  { name: 'a revoked serial', list: revokedConnections, length: 16 },
]

function isSigned({ document, identityKey, signature }: SignedPolicy, owner: Uint8Array): boolean {
  try {
    const key = readLegacyKey(identityKey, 'wallet')
    const { bytes } = readSignature(signature)
    return (
      verifyDigest(bytes, keccak256(policyStatement(document)), key.publicKey) &&
      recoverWallet(key) === toAddress(owner)
    )
  } catch (error) {
    if (error instanceof BaseError) return false
    throw error
  }
}

/** A policy document that its owner has not made, or not for this network. */
export class PolicyInvalidError extends BaseError {
  override readonly code = 'policy.invalid'
}
