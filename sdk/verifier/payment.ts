import type { NoteClass } from '../codec/checkpoint.ts'
import type { Evidence } from '../codec/lane.ts'
import { PaymentMalformedError, type PaymentPlace, placeFromMessage } from '../codec/payment.ts'
import { fromBytes } from '../crypto/abi.ts'
import { toHex } from '../crypto/bytes.ts'
import { FIELD_ORDER } from '../crypto/field.ts'
import { isRecipient, type PaymentTerms, paymentCommitment, paymentIdOf, recipientLeafOf } from '../crypto/payment.ts'
import { classIdOf, noteKinds } from '../crypto/use.ts'
import { type CheckpointView, isRootValid, isStale } from './checkpoint.ts'
import type { LaneContext } from './lane.ts'
import { LANE_LIMITS } from './lane-limits.ts'
import { type Refusal, refuse } from './refusal.ts'

/** What a payment for one letter is worth, and how long a root of its tree counts: the same in every deployment. */
export const paymentClass = { unitsPerTicket: 64, laneTtl: LANE_LIMITS.firstContactTtl, rootWindow: 3_600 } as const

type Payment = Extract<Evidence['kind'], { case: 'payment' }>['value']

/** What a payment must fit. */
export type PaymentTarget = Pick<LaneContext, 'poseidon'> & {
  readonly use: Uint8Array
  /** 20 bytes; payments are for first contact only. */
  readonly recipient: Uint8Array | undefined
  readonly checkpoint: CheckpointView | undefined
  /** Unix seconds. */
  readonly now: number
}

/** A payment that was made for one use. */
export type PaymentClaim = Pick<PaymentTerms, 'sender' | 'base' | 'bond' | 'tip'> & {
  /** The payment's identifier in hex: all recipients of one payment share it. */
  readonly id: string
  readonly noteClass: NoteClass
  /** What its recipient settles with. */
  readonly place: PaymentPlace
}

const treeDepth = 20

/** Checks a payment: lengths, time and root; its recipient, by hashes; and its place in the note tree, last. */
export function checkPayment(payment: Payment, target: PaymentTarget): PaymentClaim | Refusal {
  const fields = readFields(payment)
  if (!fields) return refuse('payment.malformed', 'The payment has a field of the wrong length or out of range.')
  if (!target.checkpoint || isStale(target.checkpoint, target.now)) {
    return refuse('payment.no-checkpoint', 'The node has no checkpoint of the last day. Try again in a minute.')
  }
  const classes = target.checkpoint.latest.classes.filter(({ kind }) => kind === noteKinds.payment)
  if (classes.length === 0) return refuse('payment.class-unknown', 'The network takes no payments.')
  const { terms } = fields
  if (BigInt(target.now) > terms.deliverBy)
    return refuse('payment.out-of-date', "The payment's time for delivery is over.")
  const valid = classes.filter(isRootGood(fields, target.checkpoint, target.now))
  if (valid.length === 0) {
    return refuse(
      'payment.root-unknown',
      'The payment is shown in a tree that is unknown or too old. Fetch the newest.',
    )
  }
  if (!isForThis(fields, target)) {
    return refuse('payment.not-for-this', 'The payment is for another recipient or another lane.')
  }
  return claim(fields, { target, valid, chainId: target.checkpoint.latest.chainId })
}

type Fields = PaymentPlace & {
  readonly treeRoot: bigint
  readonly leafIndex: number
  readonly path: readonly bigint[]
}

const isRootGood =
  ({ treeRoot }: Fields, checkpoint: CheckpointView, now: number) =>
  ({ rootWindow }: NoteClass): boolean =>
    isRootValid(checkpoint, treeRoot, { now, rootWindow })

function isForThis({ terms, index, salt, siblings }: Fields, { recipient, use }: PaymentTarget): boolean {
  if (!recipient) return false
  const leaf = recipientLeafOf({ recipient, use, salt })
  return isRecipient(leaf, { index, siblings, count: terms.count, root: terms.root })
}

type Tree = { readonly target: PaymentTarget; readonly valid: readonly NoteClass[]; readonly chainId: bigint }

/** Several contracts may take payments; the one that took this tells itself by the leaf. */
function claim(fields: Fields, { target, valid, chainId }: Tree): PaymentClaim | Refusal {
  const { terms, index, salt, siblings } = fields
  const id = paymentIdOf(terms)
  const noteClass = valid.find(({ contract }) => {
    const classId = classIdOf({ kind: 'payment', chainId, contract, number: 1n })
    const leaf = target.poseidon([paymentCommitment(id), classId, 1n, terms.deliverBy])
    return rootOf(leaf, fields, target.poseidon) === fields.treeRoot
  })
  if (!noteClass) return refuse('payment.not-in-tree', 'The payment is not at its place in the tree.')
  const { sender, base, bond, tip } = terms
  return { id: toHex(id), sender, base, bond, tip, noteClass, place: { terms, index, salt, siblings } }
}

function rootOf(
  leaf: bigint,
  { leafIndex, path }: Pick<Fields, 'leafIndex' | 'path'>,
  poseidon: PaymentTarget['poseidon'],
): bigint {
  return path.reduce((below, sibling, level) => {
    return (leafIndex >> level) & 1 ? poseidon([sibling, below]) : poseidon([below, sibling])
  }, leaf)
}

/** What a payment says, where every length is as it must be and every node of the tree below r. */
function readFields({ place, treeRoot, leafIndex, path }: Payment): Fields | undefined {
  const hasLengths = path.length === treeDepth && [treeRoot, ...path].every(({ length }) => length === 32)
  if (!hasLengths || leafIndex >= 2 ** treeDepth) return undefined
  const [root, nodes] = [fromBytes(treeRoot), path.map(fromBytes)]
  if ([root, ...nodes].some((node) => node >= FIELD_ORDER)) return undefined
  const read = readPlace(place)
  return read && { ...read, treeRoot: root, leafIndex, path: nodes }
}

function readPlace(place: Payment['place']): PaymentPlace | undefined {
  try {
    return placeFromMessage(place)
  } catch (error) {
    if (error instanceof PaymentMalformedError) return undefined
    throw error
  }
}
