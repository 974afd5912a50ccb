import { toBytes32 } from '../../sdk/crypto/abi.ts'
import { classIdOf, type NoteClass, scopeOf, tagScopeOf, ticketSignals, xOf } from '../../sdk/crypto/signals.ts'
import { fullHour, type TicketFields } from '../../sdk/evidence/index.ts'
import type { Statement } from '../../sdk/evidence/prover.ts'
import { type HeldNote, NoteTree } from '../../sdk/notes/index.ts'
import type { CheckpointView } from '../../sdk/verifier/index.ts'
import { checkpoint, forestOf, holdNote, laneUse, leafOfNote, networkId, notes, now, recipient } from './world.ts'

// Stakes in the note tree behind the usual stamps, and their tickets.

const registry = new Uint8Array(20).fill(0x57)

/** What a checkpoint says of a stake class: epochs of two hours, eight tickets in each. */
export const stakeTerms = {
  kind: 2,
  contract: registry,
  number: 2,
  price: 1000n,
  unitsPerTicket: 16,
  laneTtl: 7200,
  rootWindow: 600,
  epochLength: 7200,
  limit: 8,
}

const noteClass: NoteClass = { kind: 'stake', chainId: checkpoint.chainId, contract: registry, number: 2n }
const stakeOf = (seed: number, person: bigint) =>
  holdNote(seed, person, { noteClass, limit: 8n, expiry: 2n ** 40n - 1n })

/** Alice's stake is of the person who has the stamp in the usual notes. */
export const [aliceStake, malloryStake] = [stakeOf(21, 1111n), stakeOf(22, 6666n)]
const stakes = [aliceStake, malloryStake]
const tree = NoteTree.from([...notes, ...stakes].map(leafOfNote))
const root = toBytes32(tree.root())

export const stakeView: CheckpointView = {
  latest: {
    ...checkpoint,
    ...forestOf(tree.root()),
    roots: [forestOf(tree.root()).root],
    operations: BigInt(tree.size),
    classes: [...checkpoint.classes, stakeTerms],
  },
  superseded: new Map(),
}

type Staking = {
  readonly note?: HeldNote
  readonly messageId?: number
  readonly use?: Uint8Array
  readonly asOf?: bigint
  /** The epoch that the proof is for; the one of `asOf`, unless told otherwise. */
  readonly period?: bigint
}

/** All of a stake's ticket but its proof, and what a proof of it states. */
export function stakeTicket({ note = aliceStake, messageId = 0, use = laneUse(), ...times }: Staking = {}) {
  const asOf = times.asOf ?? fullHour(now)
  const period = times.period ?? asOf / BigInt(stakeTerms.epochLength)
  const { secret, person, limit, expiry } = note
  const classId = classIdOf(note.noteClass)
  const tagScope = tagScopeOf(networkId, recipient)
  const scope = scopeOf({ networkId, classId, period })
  const x = xOf(use)
  const ids = { secret, person, messageId: BigInt(messageId), scope, tagScope, x }
  const { y, nullifier, tag } = ticketSignals(ids)
  const { leafIndex, siblings } = tree.path(notes.length + stakes.indexOf(note))
  const ticket: TicketFields = {
    classNumber: 2,
    root,
    nullifier: toBytes32(nullifier),
    y: toBytes32(y),
    tag: toBytes32(tag),
    tagScope: new Uint8Array(),
    asOf,
    proof: new Uint8Array(256).fill(1),
  }
  const statement: Statement = {
    inputs: { ...ids, limit, expiry, classId, asOf, leafIndex: BigInt(leafIndex), siblings },
    signals: [tree.root(), nullifier, y, tag, x, scope, classId, tagScope, asOf],
  }
  return { ticket, statement, nullifier, x, y }
}
