import {
  addressToBytes,
  concatBytes,
  fromHex,
  type Hex,
  poseidon,
  toBase64Url,
  toHex,
  verifyDigest,
} from '../crypto/index.ts'
import { formatRule, plainFactOf } from '../policy/index.ts'
import { isRecord, ProverResponseError } from '../transport/index.ts'
import {
  type ClaimContent,
  type ClaimForm,
  claimDigestOf,
  claimLifeOf,
  easDataOf,
  easSchemaId,
  isCertified,
  vcTextOf,
} from '../verifier/index.ts'
import type { ClaimRequest } from './claim-request.ts'
import { type IssuerAnswers, waitForIssuer } from './wait-for-issuer.ts'

/** What an issuer has signed of an account by name, for one epoch. */
export type IssuedClaim = Omit<ClaimContent, 'networkId' | 'chainId'> & {
  readonly form: ClaimForm
  /** R and S, 64 bytes. */
  readonly signature: Uint8Array
  /** The issuer's word on its key, 96 bytes. */
  readonly certificate: Uint8Array
  /** As others read it: the JSON of an attestation, or a JWT. */
  readonly document: string
}

export type AskForClaimOptions = ClaimRequest &
  IssuerAnswers & {
    /** Of the network, which attestations name. */
    readonly chainId: bigint
    /** The account's own key's, over {@link claimTypedData}. */
    readonly signature: Hex
  }

/**
 * Asks an issuer for a claim about an account, and waits until it has looked. The same question gives the same answer.
 *
 * Throws `prover.refused` with the issuer's own reason, `prover.unavailable`, or `prover.response` for a claim that no verifier takes.
 */
export async function askForClaim(options: AskForClaimOptions): Promise<IssuedClaim> {
  const { fact, epoch, form, subject, signature, path } = options
  const body = { condition: formatRule(plainFactOf(fact)), subject, epoch, as: form, signature, path }
  const { claim } = await waitForIssuer(body, options)
  const issued = readClaim(claim, options)
  requireGood(issued, options)
  return issued
}

function readClaim(claim: unknown, { fact, epoch, form, issuer, subject }: AskForClaimOptions): IssuedClaim {
  const { salt, signature, certificate, document, block } = recordOf(claim)
  const { key, eas, signature: certified } = recordOf(certificate)
  const { number, hash } = recordOf(block)
  if (typeof document !== 'string' || typeof number !== 'string' || !/^\d{1,18}$/.test(number))
    throw new ProverResponseError('Expected a claim.')
  return {
    issuer: { x: issuer.x, y: issuer.y },
    key: bytesOf(key, 64),
    eas: bytesOf(eas, 20),
    fact: plainFactOf(fact),
    epoch,
    subject: addressToBytes(subject),
    block: { number: BigInt(number), hash: bytesOf(hash, 32) },
    salt: bytesOf(salt, 32),
    form,
    signature: bytesOf(signature, 64),
    certificate: bytesOf(certified, 96),
    document,
  }
}

/** What a verifier would refuse is of no use, and a document that says something else would mislead. */
function requireGood(issued: IssuedClaim, { networkId, chainId }: AskForClaimOptions): void {
  const { form, key, eas, signature, certificate } = issued
  const content = { ...issued, networkId, chainId }
  const certified = { $typeName: 'pennypost.v1.IssuerCertificate', key, eas, signature: certificate } as const
  if (!isCertified(certified, content, poseidon))
    throw new ProverResponseError('The issuer has not certified the key that has signed the claim.')
  if (!verifyDigest(signature, claimDigestOf(form, content), concatBytes(Uint8Array.of(4), key)))
    throw new ProverResponseError("The signature is not the issuer's over the claim.")
  const isOfIt =
    form === 'vc'
      ? issued.document === `${vcTextOf(content)}.${toBase64Url(signature)}`
      : isAttestation(issued, content)
  if (!isOfIt) throw new ProverResponseError('The document is not that of the claim.')
}

/** Whether an attestation says what was signed: its message in the fields of the schema, with this signature. */
function isAttestation({ document, signature: signed }: IssuedClaim, content: ClaimContent): boolean {
  const { domain, message, signature } = recordOf(readJson(document))
  const { chainId, verifyingContract } = recordOf(domain)
  const { schema, recipient, time, expirationTime, revocable, refUID, data, salt } = recordOf(message)
  const { r, s } = recordOf(signature)
  const { from, until } = claimLifeOf(content.epoch)
  const said = [
    chainId,
    time,
    expirationTime,
    revocable,
    verifyingContract,
    schema,
    recipient,
    refUID,
    data,
    salt,
    r,
    s,
  ]
  const numbers = [content.chainId, from, until, false].map(String)
  const [contract, subject, dataSigned] = [content.eas, content.subject, easDataOf(content)]
  const bytes = [contract, easSchemaId, subject, new Uint8Array(32), dataSigned, content.salt]
  const expected = [...bytes, signed.subarray(0, 32), signed.subarray(32)].map((part) => `0x${toHex(part)}`)
  return [...numbers, ...expected].every((text, i) => String(said[i]).toLowerCase() === text)
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ProverResponseError('The document is not JSON.', { cause })
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value
  throw new ProverResponseError('Expected a claim.')
}

function bytesOf(value: unknown, length: number): Uint8Array {
  const isHex = typeof value === 'string' && /^(0x)?([0-9a-f]{2})*$/.test(value)
  const bytes = isHex ? fromHex(value) : undefined
  if (bytes?.length === length) return bytes
  throw new ProverResponseError(`Expected ${2 * length} hex digits.`)
}
