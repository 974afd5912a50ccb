import { toBytes32 } from '../crypto/abi.ts'
import { FIELD_ORDER } from '../crypto/field.ts'
import { commitmentOf, credentialOf, type Hex, isNoteSigned, type NoteSignature, toHex } from '../crypto/index.ts'
import { classIdOf } from '../crypto/use.ts'
import { factClassOf, formatRule, plainFactOf } from '../policy/index.ts'
import { isRecord, ProverResponseError } from '../transport/index.ts'
import { factClass, factExpiryOf } from '../verifier/fact-class.ts'
import type { FactRequest } from './fact-request.ts'
import { type IssuerAnswers, waitForIssuer } from './wait-for-issuer.ts'

export type AskOptions = FactRequest &
  IssuerAnswers & {
    /** The subject's, over {@link factTypedData}. */
    readonly signature: Hex
  }

/**
 * Asks an issuer for its signature over a note, and waits until it has looked. The same question gives the same answer.
 *
 * Throws `prover.refused` with the issuer's own reason (`fact.not-so`, `fact.issued`, …), `prover.unavailable`, or
 * `prover.response` for a note of other terms than all have: an issuer could tell one by them.
 */
export async function askIssuer(options: AskOptions): Promise<NoteSignature> {
  const { fact, epoch, subject, signature } = options
  const body = {
    condition: formatRule(plainFactOf(fact)),
    subject,
    epoch,
    secretHash: hexOf(options.secretHash),
    personHash: hexOf(options.personHash),
    signature,
    path: options.path,
  }
  return readSignature(await waitForIssuer(body, options), options)
}

function readSignature(answer: unknown, { fact, epoch, issuer, secretHash, personHash }: FactRequest): NoteSignature {
  const credential = isRecord(answer) ? answer.credential : undefined
  const read = (name: string): bigint => wordOf(isRecord(credential) ? credential[name] : undefined, name)
  const terms = [read('classId'), read('limit'), read('expiry')]
  const expected = [classIdOf(factClassOf(fact)), BigInt(factClass.limit), BigInt(factExpiryOf(epoch))]
  if (terms.some((term, i) => term !== expected[i])) {
    throw new ProverResponseError('The note is of another class, limit or expiry than was asked for.')
  }
  const signature = { r8x: read('r8x'), r8y: read('r8y'), s: read('s') }
  const [classId = 0n, limit = 0n, expiry = 0n] = terms
  const commitment = commitmentOf(secretHash, personHash)
  if (isNoteSigned(credentialOf({ commitment, classId, limit, expiry }), signature, issuer)) return signature
  throw new ProverResponseError("The signature is not the issuer's over the note.")
}

function wordOf(value: unknown, name: string): bigint {
  const isNumber = typeof value === 'string' && /^(0|[1-9]\d{0,77})$/.test(value)
  if (!isNumber || BigInt(value) >= FIELD_ORDER) throw new ProverResponseError(`Expected a field element as ${name}.`)
  return BigInt(value)
}

const hexOf = (value: bigint): Hex => `0x${toHex(toBytes32(value))}`
