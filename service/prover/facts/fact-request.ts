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
import { type FactRequest, factTypedData } from '@pennypost/sdk/facts'
import {
  type FactCondition,
  factKinds,
  isCondition,
  isFact,
  PolicyMalformedError,
  parseRule,
  plainFactOf,
} from '@pennypost/sdk/policy'
import { hashTypedData } from 'viem'
import { type FactRefusal, type Found, found, refuse } from './fact-refusal.ts'

/** What is posted, as JSON has it. */
export type FactBody = {
  readonly condition: string
  readonly subject: string
  readonly epoch: number
  readonly secretHash: string
  readonly personHash: string
  readonly signature: string
  readonly path?: readonly string[] | undefined
}

/** A request that is well-formed. */
export type Asked = FactRequest & {
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
  const [secretHash, personHash] = [BigInt(body.secretHash), BigInt(body.personHash)]
  if (!isHash(secretHash) || !isHash(personHash))
    return refuse('fact.malformed', 'A hash of a secret or of a person is a field element above zero.')
  const about = { subject: checksumAddress(body.subject), fact: fact.value, epoch: body.epoch, secretHash, personHash }
  const request = { networkId, issuer: { x: issuer.x, y: issuer.y }, ...about }
  const digest = hashTypedData(factTypedData(request))
  const signature = body.signature.toLowerCase() as Hex
  const named = concatBytes(utf8('pennypost/fact-request/v1'), fromHex(digest), fromHex(signature))
  return found({ ...request, signature, path, digest, id: toHex(keccak256(named)) })
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
