import { addressToBytes, classIdOf, fromHex, keccak256, toHex } from '@pennypost/sdk/crypto'
import { factClassOf, formatRule } from '@pennypost/sdk/policy'
import { claimForms } from '@pennypost/sdk/verifier'
import type { ClaimSigner } from '../issuing/index.ts'
import type { FactClaim, FactStore } from '../store/index.ts'
import { aliasOf, extendFactChain } from './fact-entry.ts'
import type { AskedClaim } from './fact-request.ts'

type Making = {
  readonly claims: ClaimSigner
  readonly store: Pick<FactStore, 'factHead'>
  /** Of the issuer's log. */
  readonly salt: Uint8Array
}

/**
 * Signs a claim about an account. Its salt is one that only the issuer can make, and always the same: in the log, where what was
 * signed stands by its digest, nobody can try whose it is; whoever is shown the claim can find it there.
 */
export async function makeClaim(
  { claims, store, salt: logSalt }: Making,
  { id, subject, fact, epoch, form }: AskedClaim,
  { number, hash }: FactClaim['block'],
): Promise<FactClaim> {
  const classId = classIdOf(factClassOf(fact))
  const alias = aliasOf(logSalt, { subject, classId, epoch, form: claimForms[form] })
  const salt = keccak256(logSalt, alias)
  const claimed = { fact, epoch, subject: addressToBytes(subject), block: { number, hash: fromHex(hash) }, salt }
  const { digest, signature, document } = claims.sign(form, claimed)
  const head = await store.factHead()
  const entry = { number: head.number + 1, alias, epoch, block: { number, hash }, form, digest, signature }
  const chain = extendFactChain(head.chain, { ...entry, fact })
  return { ...entry, id, subject, classId, condition: formatRule(fact), salt, document, chain }
}

/** What a claim is told by: all that evidence of it has, as hex and digits. */
export function claimToJson(claims: ClaimSigner, claim: FactClaim) {
  const { form, epoch, block, salt, signature, document } = claim
  const certificate = claims.certificate(epoch)
  return {
    form,
    epoch,
    block: { number: String(block.number), hash: block.hash },
    salt: toHex(salt),
    signature: toHex(signature),
    certificate: {
      key: toHex(certificate.key),
      eas: toHex(certificate.eas),
      signature: toHex(certificate.signature),
    },
    document,
  }
}
