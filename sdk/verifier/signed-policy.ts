import { decodePolicyDocument, ruleFromMessage } from '../codec/policy.ts'
import { decodeSignedPolicy, type PolicyDocument, policyStatement } from '../codec/signed-policy.ts'
import { equalBytes } from '../crypto/bytes.ts'
import { BaseError } from '../errors.ts'
import type { Rule } from '../policy/index.ts'
import { isSignedBy } from './identity-signature.ts'
import { lastVersion } from './versions.ts'

/** A policy document whose owner signed it; without a rule, the network's default holds. */
export type VerifiedPolicy = { readonly document: PolicyDocument; readonly rule: Rule | undefined }

/** Whose policy on which network is expected. */
export type PolicyTarget = { readonly networkId: Uint8Array /** 20 bytes. */; readonly owner: Uint8Array }

/** A rule of the largest size and some keys; everybody who writes to the owner has it read. */
const maxPolicyBytes = 16_384

/**
 * Decodes a signed policy and checks it whole: network, owner, lengths, rule, and the two signatures last.
 *
 * @example
 * ```ts
 * import { verifySignedPolicy } from '@pennypost/sdk/verifier'
 *
 * const { document, rule } = verifySignedPolicy(bytes, { networkId, owner })
 * ```
 */
export function verifySignedPolicy(bytes: Uint8Array, target: PolicyTarget): VerifiedPolicy {
  if (bytes.length > maxPolicyBytes) throw new PolicyInvalidError(`It is larger than ${maxPolicyBytes} bytes.`)
  const signed = decodeSignedPolicy(bytes)
  const policy = readPolicyDocument(signed.document, target)
  if (!isSignedBy(target.owner, policyStatement(signed.document), signed))
    throw new PolicyInvalidError('The owner has not signed the policy.')
  return policy
}

/** Decodes and checks the document alone, for those who have checked its signatures before. */
export function readPolicyDocument(bytes: Uint8Array, { networkId, owner }: PolicyTarget): VerifiedPolicy {
  const document = decodePolicyDocument(bytes)
  if (!equalBytes(document.networkId, networkId)) throw new PolicyInvalidError('It is for another network.')
  if (!equalBytes(document.owner, owner)) throw new PolicyInvalidError('It belongs to another account.')
  if (document.version === 0n) throw new PolicyInvalidError('Versions start at 1.')
  if (document.version > lastVersion) throw new PolicyInvalidError(`Versions end at ${lastVersion}.`)
  for (const { name, list, length } of listsOf(document)) {
    if (list.some((entry) => entry.length !== length))
      throw new PolicyInvalidError(`Expected ${length} bytes of ${name}.`)
  }
  return { document, rule: document.rule && ruleFromMessage(document.rule) }
}

const listsOf = ({ sealedKeys }: PolicyDocument) => [
  { name: 'a sealed key', list: sealedKeys.map(({ key }) => key), length: 32 },
  { name: 'a key id', list: sealedKeys.map(({ keyId }) => keyId), length: 8 },
]

/** A policy document that its owner has not made, or not for this network. */
export class PolicyInvalidError extends BaseError {
  override readonly code = 'policy.invalid'
}
