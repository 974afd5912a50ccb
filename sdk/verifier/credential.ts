import type { Credential } from '../codec/lane.ts'
import { fromBytes } from '../crypto/abi.ts'
import { FIELD_ORDER } from '../crypto/field.ts'
import { classIdOf, noteKinds, tagScopeOf, xOf } from '../crypto/use.ts'
import { type FactCondition, factClassOf } from '../policy/index.ts'
import { isStale } from './checkpoint.ts'
import { factClass, factEpochOf, factScopeOf } from './fact-class.ts'
import { proofLength } from './groth16.ts'
import { isIssuer } from './issuers.ts'
import { type Refusal, refuse } from './refusal.ts'
import { isCurrentHour, type TicketTarget, type UseClaim } from './ticket.ts'

/** What a note of a fact is worth. Its class is named by the fact and has no number. */
const noteClass = { kind: noteKinds.fact, number: 0, ...factClass } as const

/** Checks all of a credential but its proof: sizes, encodings, time, issuer; cheapest first. */
export function checkCredential(credential: Credential, target: TicketTarget, fact: FactCondition): UseClaim | Refusal {
  const fields = readFields(credential, target.recipient !== undefined)
  if (!fields) {
    return refuse('credential.malformed', 'The credential has a field of the wrong length or outside the field.')
  }
  if (!target.checkpoint || isStale(target.checkpoint, target.now)) {
    return refuse('credential.no-checkpoint', 'The node has no checkpoint of the last day. Try again in a minute.')
  }
  if (!isCurrentHour(credential.asOf, target.now) || !isOfEpoch(credential.asOf, target.now)) {
    return refuse(
      'credential.out-of-date',
      'The credential is not from this or the last full hour of this epoch. Prove again.',
    )
  }
  if (!isIssuer(target.checkpoint.latest, credential.issuer)) {
    return refuse('credential.issuer-unknown', 'The network has no such issuer. Ask one that its terms name.')
  }
  return claim(fields, { credential, target, fact })
}

/** A note expires with its epoch, and does not say when that began: an hour before it, its message ids would count once more. */
const isOfEpoch = (asOf: bigint, now: number): boolean => factEpochOf(Number(asOf)) === factEpochOf(now)

type Fields = { nullifier: bigint; y: bigint; tag: bigint; tagScope: bigint }
type Parts = { credential: Credential; target: TicketTarget; fact: FactCondition }

/** The fact that is asked for gives the class, so a note of another fact proves nothing here. */
function claim({ nullifier, y, tag, tagScope }: Fields, { credential, target, fact }: Parts): UseClaim {
  const { networkId, recipient, use } = target
  const { asOf, proof } = credential
  const issuer = { x: credential.issuer.subarray(0, 32), y: credential.issuer.subarray(32) }
  const classId = classIdOf(factClassOf(fact))
  const scope = factScopeOf({ networkId, classId, issuer, asOf })
  const x = xOf(use)
  const recipientScope = recipient ? tagScopeOf(networkId, recipient) : tagScope
  const [keyX, keyY] = [fromBytes(issuer.x), fromBytes(issuer.y)]
  const signals = [nullifier, y, tag, keyX, keyY, x, scope, classId, recipientScope, asOf]
  return { nullifier, x, y, tag, noteClass, item: { proof, signals } }
}

/** The tag scope is computed on first contact, so there it must not be sent; elsewhere it must. */
function readFields({ proof, issuer, ...sent }: Credential, isFirstContact: boolean): Fields | undefined {
  const words = [sent.nullifier, sent.y, sent.tag]
  if (proof.length !== proofLength || issuer.length !== 64 || words.some(({ length }) => length !== 32))
    return undefined
  if (sent.tagScope.length !== (isFirstContact ? 0 : 32)) return undefined
  const fields = {
    nullifier: fromBytes(sent.nullifier),
    y: fromBytes(sent.y),
    tag: fromBytes(sent.tag),
    tagScope: fromBytes(sent.tagScope),
  }
  return Object.values(fields).every((field) => field < FIELD_ORDER) ? fields : undefined
}
