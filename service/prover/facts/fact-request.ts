import {
  checksumAddress,
  concatBytes,
  FIELD_ORDER,
  faultOfAddress,
  fromHex,
  type Hex,
  keccak256,
  toHex,
  utf8,
} from '@pennypost/sdk/crypto'
import { type ClaimRequest, claimTypedData, type FactRequest, factTypedData } from '@pennypost/sdk/facts'
import {
  type FactCondition,
  factKinds,
  isCondition,
  isFact,
  PolicyMalformedError,
  parseRule,
  plainFactOf,
} from '@pennypost/sdk/policy'
import type { ClaimForm } from '@pennypost/sdk/verifier'
import { hashTypedData } from 'viem'
import { type FactRefusal, type Found, found, refuse } from './fact-refusal.ts'

/** What is posted, as JSON has it. */
export type FactBody = {
  readonly condition: string
  readonly subject: string
  readonly epoch: number
  readonly signature: string
  /** What is asked for: a note, unless a form of claim is said. */
  readonly as?: 'note' | ClaimForm | undefined
  /** Of notes. */
  readonly secretHash?: string | undefined
  readonly personHash?: string | undefined
  readonly path?: readonly string[] | undefined
}

/** A request that is well-formed. */
export type Asked = AskedNote | AskedClaim
export type AskedNote = Signed & FactRequest & { readonly form: 'note' }
export type AskedClaim = Signed & ClaimRequest

type Signed = {
  /** Of all that was sent, the signature too: nobody else can name it. */
  readonly id: string
  readonly signature: Hex
  /** Of a list, what leads from the subject to its root. */
  readonly path: readonly string[]
  /** What the subject has signed. */
  readonly digest: Hex
}

/** Reads a request to an issuer of a network. */
export function readRequest(
  body: FactBody,
  { networkId, issuer }: Pick<FactRequest, 'networkId' | 'issuer'>,
): Found<Asked> | FactRefusal {
  const fact = readFact(body.condition)
  if (!fact.ok) return fact
  const { path = [] } = body
  if (path.length > 0 && fact.value.kind !== 'member')
    return refuse('fact.malformed', 'A path belongs to a list of accounts only.')
  if (!Number.isSafeInteger(body.epoch)) return refuse('fact.malformed', 'An epoch is a number of weeks.')
  const fault = faultOfAddress(body.subject)
  if (fault) return refuse('fact.malformed', `The subject is no address: ${fault}.`)
  const { epoch, as: form = 'note' } = body
  const subject = checksumAddress(body.subject)
  const request = { networkId, issuer: { x: issuer.x, y: issuer.y }, subject, fact: fact.value, epoch }
  if (form === 'note') return readNote(body, request)
  if (body.secretHash !== undefined || body.personHash !== undefined)
    return refuse('fact.malformed', 'A claim by name has no secret and no person: say neither.')
  const asked = { ...request, form }
  return found({ ...asked, ...signedBy(body, hashTypedData(claimTypedData(asked))) })
}

function readNote(
  body: FactBody,
  request: Omit<FactRequest, 'secretHash' | 'personHash'>,
): Found<AskedNote> | FactRefusal {
  const [secretHash, personHash] = [BigInt(body.secretHash ?? 0), BigInt(body.personHash ?? 0)]
  if (!isHash(secretHash) || !isHash(personHash))
    return refuse('fact.malformed', 'A hash of a secret or of a person is a field element above zero.')
  const asked = { ...request, form: 'note', secretHash, personHash } as const
  return found({ ...asked, ...signedBy(body, hashTypedData(factTypedData(asked))) })
}

function signedBy(body: FactBody, digest: Hex): Signed {
  const { path = [] } = body
  const signature = body.signature.toLowerCase() as Hex
  const named = concatBytes(utf8('pennypost/fact-request/v1'), fromHex(digest), fromHex(signature))
  return { signature, path, digest, id: toHex(keccak256(named)) }
}

function readFact(text: string): Found<FactCondition> | FactRefusal {
  try {
    const rule = parseRule(text)
    if (!isCondition(rule) || !isFact(rule))
      return refuse('fact.malformed', `A fact is one condition: ${factKinds.join(', ')}.`)
    return found(plainFactOf(rule))
  } catch (error) {
    if (error instanceof PolicyMalformedError) return refuse('fact.malformed', error.message)
    throw error
  }
}

const isHash = (value: bigint): boolean => value > 0n && value < FIELD_ORDER
