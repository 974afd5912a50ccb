import type { NoteClass } from '../codec/checkpoint.ts'
import type { Ticket } from '../codec/lane.ts'
import { fromBytes } from '../crypto/abi.ts'
import { FIELD_ORDER } from '../crypto/field.ts'
import { classIdOf, noteKinds, scopeOf, tagScopeOf, xOf } from '../crypto/use.ts'
import { type CheckpointView, isRootValid, isStale } from './checkpoint.ts'
import { type ProofItem, proofLength } from './groth16.ts'
import { type Refusal, refuse } from './refusal.ts'

/** What a ticket must fit. */
export type TicketTarget = {
  readonly networkId: Uint8Array
  readonly use: Uint8Array
  /** 20 bytes on first contact, where the tag is the sender's pseudonym toward this account. */
  readonly recipient: Uint8Array | undefined
  readonly checkpoint: CheckpointView | undefined
  /** Unix seconds. */
  readonly now: number
}

/** One use of a note whose cheap checks passed: what is left is whether it was used before, and the pairing. */
export type UseClaim = {
  readonly nullifier: bigint
  readonly x: bigint
  readonly y: bigint
  readonly tag: bigint
  readonly noteClass: Pick<NoteClass, 'kind' | 'number' | 'unitsPerTicket' | 'laneTtl'>
  readonly item: ProofItem
}

/** What a ticket is made of. */
export type TicketKind = 'stamp' | 'stake'

const hour = 3600

/** Checks all of a ticket but its proof: sizes, encodings, class, time, root; cheapest first. */
export function checkTicket(ticket: Ticket, target: TicketTarget, kind: TicketKind = 'stamp'): UseClaim | Refusal {
  const fields = readFields(ticket, target.recipient !== undefined)
  if (!fields) return refuse('ticket.malformed', 'The ticket has a field of the wrong length or outside the field.')
  if (!target.checkpoint || isStale(target.checkpoint, target.now))
    return refuse('ticket.no-checkpoint', 'The node has no checkpoint of the last day. Try again in a minute.')

  const noteClass = findClass(target.checkpoint, kind, ticket.classNumber)
  if (!noteClass) return refuse('ticket.class-unknown', `The network has no ${kind} class ${ticket.classNumber}.`)
  if (!isCurrentHour(ticket.asOf, target.now)) {
    return refuse('ticket.out-of-date', 'The ticket is not from this or the last full hour. Prove again.')
  }
  if (!isRootValid(target.checkpoint, fields.root, { now: target.now, rootWindow: noteClass.rootWindow })) {
    return refuse(
      'ticket.root-unknown',
      'The ticket is for a tree that is unknown or too old. Fetch the newest and prove again.',
    )
  }
  return claim(fields, { ticket, target, noteClass, kind, chainId: target.checkpoint.latest.chainId })
}

type Fields = { root: bigint; nullifier: bigint; y: bigint; tag: bigint; tagScope: bigint }
type Parts = {
  ticket: Ticket
  target: Omit<TicketTarget, 'now'>
  noteClass: NoteClass
  kind: TicketKind
  chainId: bigint
}

function claim({ root, nullifier, y, tag, tagScope }: Fields, parts: Parts): UseClaim {
  const { ticket, target, noteClass, kind, chainId } = parts
  const { networkId, recipient, use } = target
  const classId = classIdOf({ kind, chainId, contract: noteClass.contract, number: BigInt(noteClass.number) })
  const scope = scopeOf({ networkId, classId, period: periodOf(noteClass, ticket.asOf) })
  const x = xOf(use)
  const recipientScope = recipient ? tagScopeOf(networkId, recipient) : tagScope
  const signals = [root, nullifier, y, tag, x, scope, classId, recipientScope, ticket.asOf]
  return { nullifier, x, y, tag, noteClass, item: { proof: ticket.proof, signals } }
}

/**
 * What the proof of a ticket must hold for if whoever shows it again has its note, one item for each kind that has its class.
 * Neither tree nor hour matter: no tree gives another note its nullifier.
 */
export function itemsOfRepeat(ticket: Ticket, target: Omit<TicketTarget, 'now'>): ProofItem[] {
  const { checkpoint, recipient } = target
  const fields = readFields(ticket, recipient !== undefined)
  if (!fields || !checkpoint) return []
  const { chainId } = checkpoint.latest
  return (['stamp', 'stake'] as const).flatMap((kind) => {
    const noteClass = findClass(checkpoint, kind, ticket.classNumber)
    return noteClass ? claim(fields, { ticket, target, noteClass, kind, chainId }).item : []
  })
}

/** The tag scope is computed on first contact, so there it must not be sent; elsewhere it must. */
function readFields({ proof, ...sent }: Ticket, isFirstContact: boolean): Fields | undefined {
  const words = [sent.root, sent.nullifier, sent.y, sent.tag]
  if (proof.length !== proofLength || words.some(({ length }) => length !== 32)) return undefined
  if (sent.tagScope.length !== (isFirstContact ? 0 : 32)) return undefined
  const fields = {
    root: fromBytes(sent.root),
    nullifier: fromBytes(sent.nullifier),
    y: fromBytes(sent.y),
    tag: fromBytes(sent.tag),
    tagScope: fromBytes(sent.tagScope),
  }
  return Object.values(fields).every((field) => field < FIELD_ORDER) ? fields : undefined
}

/** The epoch that a ticket counts in: the one that its `asOf` lies in for a stake, and always 0 for a stamp. */
export function periodOf({ kind, epochLength }: Pick<NoteClass, 'kind' | 'epochLength'>, asOf: bigint): bigint {
  return kind === noteKinds.stake && epochLength > 0 ? asOf / BigInt(epochLength) : 0n
}

const findClass = ({ latest }: CheckpointView, kind: TicketKind, number: number): NoteClass | undefined =>
  latest.classes.find((entry) => entry.kind === noteKinds[kind] && entry.number === number)

/** Whether a proof is of the current or the previous full hour. */
export function isCurrentHour(asOf: bigint, now: number): boolean {
  const current = BigInt(now - (now % hour))
  return asOf === current || asOf === current - BigInt(hour)
}
