import type { Checkpoint } from '../../sdk/codec/checkpoint.ts'
import type { LaneRequest } from '../../sdk/codec/lane.ts'
import { ownedTopic } from '../../sdk/codec/topic.ts'
import { toBytes32 } from '../../sdk/crypto/abi.ts'
import { type Address, addressToBytes, toAddress } from '../../sdk/crypto/address.ts'
import { forestRootOf } from '../../sdk/crypto/forest.ts'
import { classIdOf, leafOf, type NoteClass, networkIdOf, useOf } from '../../sdk/crypto/signals.ts'
import { fullHour, type TicketRequest } from '../../sdk/evidence/index.ts'
import { createIdentity } from '../../sdk/identity/index.ts'
import { createNote, type HeldNote, NoteTree, noteCommitment } from '../../sdk/notes/index.ts'
import { type CheckpointTrust, type CheckpointView, checkpointDigest, unsaidTerms } from '../../sdk/verifier/index.ts'
import { walletOf } from './accounts.ts'
import { countingBytes } from './random.ts'

// One small network for tests of evidence: a class of stamps, notes of alice and mallory, their tree and its checkpoint.

export const now = 1_750_003_700
export const networkId = networkIdOf('pennypost-local')
export const bob = await createIdentity(walletOf(0xb0), { createdMs: 1_700_000_000_000n, randomBytes: countingBytes() })
export const recipient = addressToBytes(bob.address)
export const contract = new Uint8Array(20).fill(0xc0)
export const noteClass: NoteClass = { kind: 'stamp', chainId: 31_337n, contract, number: 1n }

/** A fixed "random" source. */
export const seeded = (seed: number) => (length: number) =>
  Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 17 + 5) % 256)

/** A note of one person, with fixed secrets. */
export const holdNote = (seed: number, person: bigint, fields: Partial<HeldNote> = {}): HeldNote => ({
  ...createNote(person, seeded(seed)),
  noteClass,
  limit: 16n,
  expiry: BigInt(now + 30 * 86_400),
  ...fields,
})

export const alice = holdNote(1, 1111n)
export const mallory = holdNote(2, 6666n)
export const expired = holdNote(3, 1111n, { expiry: BigInt(now - 7200) })
export const notes = [alice, mallory, expired]

export const leafOfNote = (note: HeldNote): bigint =>
  leafOf({ ...note, commitment: noteCommitment(note), classId: classIdOf(note.noteClass) })

export const tree: NoteTree = NoteTree.from(notes.map(leafOfNote))

/** The lane that tests ask for, unless they say otherwise. */
export const lane: Pick<LaneRequest, 'topic' | 'holder' | 'units' | 'expiresAt'> = {
  topic: ownedTopic('sealed', bob.address),
  holder: new Uint8Array(32).fill(9),
  units: 1,
  expiresAt: BigInt(now + 3600),
}

export const laneUse = (fields: Partial<typeof lane> = {}): Uint8Array => {
  const { units, ...rest } = { ...lane, ...fields }
  return useOf({ networkId, ...rest, units: BigInt(units) })
}

/** A first-contact ticket of alice's first message id, unless told otherwise. */
export const ticketRequest = ({ note = alice, ...fields }: Partial<TicketRequest> = {}): TicketRequest => ({
  note,
  messageId: 0,
  path: fields.path ?? tree.path(notes.indexOf(note)),
  root: tree.root(),
  networkId,
  use: laneUse(),
  toward: { recipient },
  asOf: fullHour(now),
  ...fields,
})

/** What a checkpoint says of trees with these roots. */
export const forestOf = (...roots: bigint[]): Pick<Checkpoint, 'root' | 'trees'> => {
  const trees = roots.map(toBytes32)
  return { root: forestRootOf(trees), trees }
}

export const checkpoint: Checkpoint = {
  networkId,
  sequence: 1n,
  previous: new Uint8Array(32),
  chainId: noteClass.chainId,
  blockNumber: 100n,
  blockHash: new Uint8Array(32).fill(1),
  noteTree: new Uint8Array(20).fill(2),
  registry: new Uint8Array(20).fill(4),
  operations: BigInt(notes.length),
  logHash: new Uint8Array(32).fill(3),
  ...forestOf(tree.root()),
  roots: notes.map((_, i) => forestOf(i === notes.length - 1 ? tree.root() : BigInt(i)).root),
  classes: [
    {
      kind: 1,
      contract,
      number: 1,
      price: 10n,
      unitsPerTicket: 4,
      laneTtl: 86_400,
      rootWindow: 600,
      epochLength: 0,
      limit: 0,
    },
  ],
  leaks: [],
  signers: [],
  threshold: 0,
  officeEndsAt: 0n,
  ...unsaidTerms,
  nodes: [],
  issuedAt: BigInt(now - 60),
}

/** Who counts the checkpoints of these signers. */
export const trustOf = (signers: readonly Address[], threshold = 1): CheckpointTrust => ({
  networkId,
  chainId: checkpoint.chainId,
  noteTree: toAddress(checkpoint.noteTree),
  registry: toAddress(checkpoint.registry),
  signers,
  threshold,
})

/** The checkpoint after another, with roots of the first tree for what was added. */
export const checkpointAfter = (
  last: Checkpoint,
  roots: readonly bigint[] = [],
  fields: Partial<Checkpoint> = {},
): Checkpoint => ({
  ...last,
  sequence: last.sequence + 1n,
  previous: checkpointDigest(last),
  operations: last.operations + BigInt(roots.length),
  ...(roots.length > 0 ? forestOf(roots.at(-1) ?? 0n) : { root: last.root, trees: last.trees }),
  roots: roots.map((root) => forestOf(root).root),
  ...fields,
})

export const view: CheckpointView = { latest: checkpoint, superseded: new Map() }
