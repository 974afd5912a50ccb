import type { Claim } from '../codec/lane.ts'
import { encodeLabelled, fromBytes, toBytes32 } from '../crypto/abi.ts'
import { concatBytes, equalBytes } from '../crypto/bytes.ts'
import { cacheKey, createCache } from '../crypto/cache.ts'
import { keccak256 } from '../crypto/hash.ts'
import { recoverPublicKey, SignatureInvalidError, verifyDigest } from '../crypto/secp256k1.ts'
import { classIdOf, issuerNameOf, noteKinds, xOf } from '../crypto/use.ts'
import { type FactCondition, factClassOf, predicateOf } from '../policy/index.ts'
import { isCertified } from './certificate.ts'
import { isStale } from './checkpoint.ts'
import { type ClaimContent, type ClaimForm, claimForms } from './claim-content.ts'
import { easDigestOf } from './eas-attestation.ts'
import { factClass, factEpochOf } from './fact-class.ts'
import { isIssuer } from './issuers.ts'
import { type Refusal, refuse } from './refusal.ts'
import { shownDigestOf } from './shown.ts'
import type { TicketTarget, UseClaim } from './ticket.ts'
import { vcDigestOf } from './vc-jwt.ts'

/** What a claim must fit. */
export type ClaimTarget = Omit<TicketTarget, 'recipient'> & {
  readonly topic: string
  /** Of two and of five field elements, for the issuer's certificate. */
  readonly poseidon: (inputs: readonly bigint[]) => bigint
}

/** One use of a fact in an account's own name. */
export type NamedUse = Pick<UseClaim, 'nullifier' | 'x' | 'noteClass'> & {
  /** The account, 20 bytes. */
  readonly subject: Uint8Array
}

/** What a use in an account's own name is worth: the same as an anonymous one. */
export const namedClass = { kind: noteKinds.fact, number: 0, ...factClass } as const

/** What an issuer signs of a claim in a form, 32 bytes. */
export const claimDigestOf = (form: ClaimForm, content: ClaimContent): Uint8Array => digests[form](content)

const digests = { eas: easDigestOf, vc: vcDigestOf } as const

/** Where a use in an account's own name counts: 64 of an account, fact, epoch and issuer, who is named by 32 bytes. */
export type NamedUseName = {
  readonly networkId: Uint8Array
  readonly fact: FactCondition
  readonly issuerName: Uint8Array
  readonly epoch: number
  readonly subject: Uint8Array
  readonly number: number
}

/** Policies ask for few facts, again and again. */
const classIds = createCache<bigint>(256)

/** What makes such a use a single one: below 2^248, as all nullifiers are. */
export function namedNullifierOf({ networkId, fact, issuerName, epoch, subject, number }: NamedUseName): bigint {
  const classId = classIds.getOrMake(predicateOf(fact), () => classIdOf(factClassOf(fact)))
  const words = [networkId, classId, issuerName, BigInt(epoch), subject, BigInt(number)]
  return fromBytes(keccak256(encodeLabelled('pennypost/claim-use/v1', words))) >> 8n
}

/**
 * Checks a claim, cheapest first: lengths, epoch, issuer, and by whom it is signed. The fact that is asked for, the network, the
 * account and the epoch are what the signature must be over, so that a claim of anything else, or one that begins, ends or can be
 * revoked otherwise, is none.
 */
export function checkClaim(claim: Claim, target: ClaimTarget, fact: FactCondition): NamedUse | Refusal {
  const form = formOf(claim)
  if (!form || !hasLengths(claim)) {
    return refuse('claim.malformed', 'The claim has a field of the wrong length, or a form that is unknown.')
  }
  if (!target.checkpoint || isStale(target.checkpoint, target.now)) {
    return refuse('claim.no-checkpoint', 'The node has no checkpoint of the last day. Try again in a minute.')
  }
  const epoch = factEpochOf(target.now)
  if (claim.epoch !== BigInt(epoch)) {
    return refuse('claim.out-of-date', `The claim is of epoch ${claim.epoch}; ${epoch} is current. Obtain a new one.`)
  }
  const { latest } = target.checkpoint
  if (!isIssuer(latest, claim.issuer)) {
    return refuse('claim.issuer-unknown', 'The network has no such issuer. Ask one that its terms name.')
  }
  const issuer = { x: claim.issuer.subarray(0, 32), y: claim.issuer.subarray(32) }
  const content = contentOf(claim, { networkId: target.networkId, chainId: latest.chainId, issuer, fact, epoch })
  return checkNullifier(claim, content) ?? checkSigned(claim, { form, content, target }) ?? named(claim, target)
}

const named = ({ nullifier, subject }: Claim, { use }: ClaimTarget): NamedUse => ({
  nullifier: fromBytes(nullifier),
  x: xOf(use),
  noteClass: namedClass,
  subject,
})

const formOf = ({ form }: Claim): ClaimForm | undefined =>
  (Object.keys(claimForms) as ClaimForm[]).find((name) => claimForms[name] === form)

const lengths = { issuer: 64, subject: 20, blockHash: 32, salt: 32, signature: 64, nullifier: 32, shown: 65 } as const
const certificateLengths = { key: 64, eas: 20, signature: 96 } as const

function hasLengths(claim: Claim): boolean {
  const { certificate, number } = claim
  return (
    certificate !== undefined &&
    number < factClass.limit &&
    fits<keyof typeof lengths>(claim, lengths) &&
    fits<keyof typeof certificateLengths>(certificate, certificateLengths)
  )
}

const fits = <Name extends string>(
  sent: { readonly [Key in Name]: Uint8Array },
  expected: Readonly<Record<Name, number>>,
): boolean => Object.entries(expected).every(([name, length]) => sent[name as Name].length === length)

type Known = Pick<ClaimContent, 'networkId' | 'chainId' | 'issuer' | 'fact' | 'epoch'>

function contentOf({ certificate, subject, blockNumber, blockHash, salt }: Claim, known: Known): ClaimContent {
  const { key = none, eas = none } = certificate ?? {}
  return { ...known, key, eas, subject, block: { number: blockNumber, hash: blockHash }, salt }
}

const none = new Uint8Array()

/** It is sent, so that a node knows the home of a lane before it looks at anything else. */
function checkNullifier({ number, nullifier }: Claim, content: ClaimContent): Refusal | undefined {
  const expected = namedNullifierOf({ ...content, issuerName: issuerNameOf(content.issuer), number })
  if (equalBytes(nullifier, toBytes32(expected))) return undefined
  return refuse('claim.malformed', 'The nullifier is not that of this account, fact, issuer, epoch and number.')
}

type Signing = { readonly form: ClaimForm; readonly content: ClaimContent; readonly target: ClaimTarget }

function checkSigned(claim: Claim, { form, content, target }: Signing): Refusal | undefined {
  if (!isShownBy(claim, target)) return notShown
  if (!isIssuersWord(claimDigestOf(form, content), claim.signature, content.key)) {
    return refuse('claim.signature-invalid', 'The issuer has not signed this fact of this account for this epoch.')
  }
  const isGood = claim.certificate !== undefined && isCertified(claim.certificate, content, target.poseidon)
  if (isGood) return undefined
  return refuse('claim.certificate-invalid', 'The issuer has not certified the key that has signed the claim.')
}

/** Good ones: an account shows one claim up to 64 times. Of bad ones anybody can make any number. */
const signed = createCache<true>(1024)

function isIssuersWord(digest: Uint8Array, signature: Uint8Array, key: Uint8Array): boolean {
  const check = () => verifyDigest(signature, digest, concatBytes(Uint8Array.of(4), key)) || undefined
  return signed.getOrMake(cacheKey(concatBytes(digest, signature, key)), check) ?? false
}

const notShown = refuse(
  'claim.not-for-this',
  'The account has not signed that the claim is shown for this lane. An account that is a contract cannot: nodes ask no chain.',
)

/** What of evidence says that an account shows it. */
export type ShownBy = { readonly subject: Uint8Array; readonly number: number; readonly shown: Uint8Array }

/** Whether an account's key has signed that it shows something for a use. */
export function isShownBy(
  { subject, number, shown }: ShownBy,
  { topic, use }: Pick<ClaimTarget, 'topic' | 'use'>,
): boolean {
  const signature = { bytes: shown.subarray(0, 64), recovery: shown[64] ?? 2 }
  try {
    const key = recoverPublicKey(signature, shownDigestOf({ topic, use, number }))
    return equalBytes(keccak256(key.subarray(1)).subarray(12), subject)
  } catch (error) {
    if (error instanceof SignatureInvalidError) return false
    throw error
  }
}
