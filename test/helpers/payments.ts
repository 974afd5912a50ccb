import { type PaymentPlace, placeToMessage } from '../../sdk/codec/payment.ts'
import { toBytes32 } from '../../sdk/crypto/abi.ts'
import { concatBytes } from '../../sdk/crypto/bytes.ts'
import { keccak256 } from '../../sdk/crypto/hash.ts'
import {
  type PaymentTerms,
  paymentCommitment,
  paymentIdOf,
  recipientDepth,
  recipientLeafOf,
} from '../../sdk/crypto/payment.ts'
import { classIdOf, leafOf } from '../../sdk/crypto/signals.ts'
import { NoteTree } from '../../sdk/notes/index.ts'
import { type CheckpointView, paymentClass } from '../../sdk/verifier/index.ts'
import type { EvidenceInit } from './lanes.ts'
import { checkpoint, forestOf, laneUse, leafOfNote, notes, now, recipient, seeded } from './world.ts'

// Payments as a contract would have entered them into the tree, opened for one of their recipients.

export const token = 10n ** 18n
export const paymentsContract = new Uint8Array(20).fill(0xfa)
export const sender = new Uint8Array(20).fill(0x5e)
export const salt = seeded(11)(32)

/** Of the contract's first block of classes: what a checkpoint says of payments. */
export const paymentNotes = {
  kind: 4,
  contract: paymentsContract,
  number: 1,
  price: 1n,
  ...paymentClass,
  epochLength: 0,
  limit: 1,
}

type Paying = Partial<Omit<PaymentTerms, 'root'>> & {
  readonly index?: number
  readonly recipient?: Uint8Array
  readonly use?: Uint8Array
  readonly salt?: Uint8Array
  readonly contract?: Uint8Array
}

/** A payment of 3 tokens base, 2 bond and 1 tip to five recipients, of whom bob is number 2, unless told otherwise. */
export function pay(fields: Paying = {}): { readonly place: PaymentPlace; readonly leaf: bigint } {
  const { index = 2, count = 5, contract = paymentsContract, recipient: to = recipient, use = laneUse() } = fields
  const leaf = recipientLeafOf({ recipient: to, use, salt: fields.salt ?? salt })
  const { root, siblings } = placeIn(index, count, leaf)
  const terms = {
    sender: fields.sender ?? sender,
    count,
    deliverBy: fields.deliverBy ?? BigInt(now + 3600),
    root,
    base: fields.base ?? 3n * token,
    bond: fields.bond ?? 2n * token,
    tip: fields.tip ?? token,
  }
  const classId = classIdOf({ kind: 'payment', chainId: checkpoint.chainId, contract, number: 1n })
  const commitment = paymentCommitment(paymentIdOf(terms))
  return {
    place: { terms, index, salt: fields.salt ?? salt, siblings },
    leaf: leafOf({ commitment, classId, limit: 1n, expiry: terms.deliverBy }),
  }
}

/** The tree of so many recipients with one of them at its index: what is beside its way up, and the root. */
function placeIn(index: number, count: number, leaf: Uint8Array) {
  const size = 2 ** recipientDepth(count)
  let level = Array.from({ length: size }, (_, i) => (i < count ? keccak256(toBytes32(BigInt(i))) : new Uint8Array(32)))
  level[index] = leaf
  const siblings: Uint8Array[] = []
  for (let at = index; level.length > 1; at >>= 1) {
    siblings.push(level[at ^ 1] ?? leaf)
    level = Array.from({ length: level.length / 2 }, (_, i) =>
      keccak256(concatBytes(level[2 * i] ?? leaf, level[2 * i + 1] ?? leaf)),
    )
  }
  return { root: level[0] ?? leaf, siblings }
}

type Amounts = { readonly base: Uint8Array; readonly bond: Uint8Array; readonly tip: Uint8Array }

/** Payments in the note tree behind the usual notes: the checkpoint of that tree, and each as evidence. */
export function enter(...paid: ReturnType<typeof pay>[]) {
  const tree = NoteTree.from([...notes.map(leafOfNote), ...paid.map(({ leaf }) => leaf)])
  const root = toBytes32(tree.root())
  const classes = [...checkpoint.classes, paymentNotes]
  const view: CheckpointView = {
    latest: {
      ...checkpoint,
      ...forestOf(tree.root()),
      roots: Array(tree.size).fill(forestOf(tree.root()).root),
      operations: BigInt(tree.size),
      classes,
    },
    superseded: new Map(),
  }
  const payment = (i: number) => {
    const { leafIndex, siblings } = tree.path(notes.length + i)
    const { terms, index, salt, siblings: beside } = (paid[i] ?? pay()).place
    const { base, bond, tip } = placeToMessage({ terms, index, salt, siblings: beside }).terms as Amounts
    const place = { terms: { ...terms, base, bond, tip }, index, salt, siblings: [...beside] }
    return { place, treeRoot: root, leafIndex, path: siblings.map(toBytes32) }
  }
  const evidence = (i: number, condition: number, ...also: number[]): EvidenceInit => ({
    condition,
    kind: { case: 'payment', value: payment(i) },
    also,
  })
  return { tree, view, payment, evidence }
}
