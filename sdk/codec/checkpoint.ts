import type { MessageInitShape } from '@bufbuild/protobuf'
import { fromBytes, toBytes32 } from '../crypto/abi.ts'
import { noteKinds } from '../crypto/use.ts'
import { BaseError } from '../errors.ts'
import {
  CheckpointSchema,
  type NodeEntry,
  type SignedCheckpoint,
  SignedCheckpointSchema,
} from '../generated/proto/pennypost/v1/checkpoint_pb.ts'
import { mostDecimals } from '../policy/amount.ts'
import { requireLength } from './message.ts'
import { decodeProto, encodeProto } from './protobuf.ts'

export type { NodeEntry, SignedCheckpoint }

/** What a note of a class is worth and allows. */
export type NoteClass = {
  /** One of {@link noteKinds}, without facts. */
  readonly kind: number
  /** 20 bytes. */
  readonly contract: Uint8Array
  readonly number: number
  /** In the token's smallest unit: of one stamp, of a stake, or the least base of a payment. */
  readonly price: bigint
  readonly unitsPerTicket: number
  /** Seconds. */
  readonly laneTtl: number
  /** Seconds that a root stays valid after it was superseded. */
  readonly rootWindow: number
  /** Seconds after which a stake's tickets are fresh again; 0 if they never are. */
  readonly epochLength: number
  /** Tickets of a stake in each epoch; 0 if the buyer chooses, 1 for a payment. */
  readonly limit: number
}

/** Who attests facts: where it answers, and the coordinates (32 bytes each, big-endian) of its BabyJubjub key. */
export type Issuer = { readonly url: string; readonly x: Uint8Array; readonly y: Uint8Array }

/** What clients and nodes of a network agree on; a checkpoint whose floor is empty does not say it. */
export type NetworkTerms = {
  /** What every sender must meet, in the policy language. */
  readonly floor: string
  /** What recipients ask who have published no rule. */
  readonly defaultRule: string
  /** Leading zero bits of the work that a request costs. */
  readonly requestBits: number
  /** Of the network's token. */
  readonly decimals: number
  /** A checkpoint is due after so many seconds, even if the log has not grown. */
  readonly checkpointSeconds: number
  readonly classes: readonly NoteClass[]
  readonly nodes: readonly Pick<NodeEntry, 'url' | 'key'>[]
  /** Whose word on facts counts. Not every key has to be sound: see `issuersOf` of the verifier. */
  readonly issuers: readonly Issuer[]
}

/** A statement about the note log at a finalised block, and about the network's terms; see checkpoint.proto. */
export type Checkpoint = NetworkTerms & {
  readonly networkId: Uint8Array
  readonly sequence: bigint
  /** Digest of the checkpoint before; zero for the first. */
  readonly previous: Uint8Array
  readonly chainId: bigint
  readonly blockNumber: bigint
  readonly blockHash: Uint8Array
  readonly noteTree: Uint8Array
  /** The contract that holds the signers' bonds; zero if there is none. */
  readonly registry: Uint8Array
  readonly operations: bigint
  readonly logHash: Uint8Array
  /** Of all note trees. */
  readonly root: Uint8Array
  /** The same after each operation since the last checkpoint. */
  readonly roots: readonly Uint8Array[]
  /** Roots of the note trees, up to the last one that is not empty, at least one. */
  readonly trees: readonly Uint8Array[]
  /** Unix seconds. */
  readonly issuedAt: bigint
  /** Secrets of slashed stakes, 32 bytes each: tickets made with them are refused. */
  readonly leaks: readonly Uint8Array[]
  /** Who signs the checkpoints after this one, 20 bytes each; none: who signed before. */
  readonly signers: readonly Uint8Array[]
  /** How many of them are enough. */
  readonly threshold: number
  /** Unix seconds; what they sign counts on nothing later. 0 if there is no end. */
  readonly officeEndsAt: bigint
}

/** Encodes a checkpoint, the part that signers sign. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const classes = checkpoint.classes.map((entry) => ({ ...entry, price: toBytes32(entry.price) }))
  return encodeProto(CheckpointSchema, { ...checkpoint, classes } as unknown as CheckpointInit)
}

/** Decodes a checkpoint and checks every length; throws a typed error. Does not check signatures. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const { $typeName: _, $unknown: __, ...checkpoint } = decodeProto(CheckpointSchema, bytes)
  requireBounds(checkpoint)
  for (const name of hashes) requireLength(name, checkpoint[name], 32)
  for (const root of [...checkpoint.roots, ...checkpoint.trees]) requireLength('a root', root, 32)
  for (const node of checkpoint.nodes) requireLength('a node key', node.key, 32)
  for (const part of checkpoint.issuers.flatMap(({ x, y }) => [x, y])) requireLength("an issuer's key", part, 32)
  for (const leak of checkpoint.leaks) requireLength('a leaked secret', leak, 32)
  for (const signer of checkpoint.signers) requireLength('a signer', signer, 20)
  for (const name of ['noteTree', 'registry'] as const) requireLength(name, checkpoint[name], 20)
  requireThreshold(checkpoint)
  if (checkpoint.decimals > mostDecimals) {
    throw new CheckpointMalformedError(`No token has ${checkpoint.decimals} decimals.`)
  }
  for (const entry of checkpoint.classes) requireClass(entry)
  const classes = checkpoint.classes.map((entry) => ({ ...entry, price: fromBytes(entry.price) }))
  return { ...checkpoint, classes }
}

/** Encodes a checkpoint with its signatures. */
export function encodeSignedCheckpoint(signed: MessageInitShape<typeof SignedCheckpointSchema>): Uint8Array {
  return encodeProto(SignedCheckpointSchema, signed)
}

/** Decodes a checkpoint with its signatures; throws a typed error. Checks neither. */
export function decodeSignedCheckpoint(bytes: Uint8Array): SignedCheckpoint {
  return decodeProto(SignedCheckpointSchema, bytes)
}

const hashes = ['networkId', 'previous', 'blockHash', 'logHash', 'root'] as const

/** The most entries of each list. Nothing true has more, and hashing more would cost whoever only reads it. */
const mostEntries = {
  roots: 1_024,
  trees: 4_096,
  classes: 64,
  nodes: 64,
  issuers: 16,
  leaks: 256,
  signers: 64,
} as const

const numbers = ['sequence', 'chainId', 'blockNumber', 'operations', 'issuedAt', 'officeEndsAt'] as const

type Bounded = Record<keyof typeof mostEntries, { readonly length: number }> & Record<(typeof numbers)[number], bigint>

/** Numbers that a database and a `number` can hold, and lists of a length that can be disputed. */
function requireBounds(checkpoint: Bounded): void {
  for (const name of numbers) {
    if (checkpoint[name] <= BigInt(Number.MAX_SAFE_INTEGER)) continue
    throw new CheckpointMalformedError(`Its ${name} is larger than 2^53 - 1.`)
  }
  for (const [name, most] of Object.entries(mostEntries)) {
    const { length } = checkpoint[name as keyof typeof mostEntries]
    if (length > most) throw new CheckpointMalformedError(`It has ${length} ${name}, more than ${most}.`)
  }
}

type CheckpointInit = MessageInitShape<typeof CheckpointSchema>

function requireClass({ contract, price, kind }: { contract: Uint8Array; price: Uint8Array; kind: number }): void {
  requireLength('a contract', contract, 20)
  requireLength('a price', price, 32)
  if (!kindsInTree.has(kind)) throw new CheckpointMalformedError(`Expected a kind of note, found ${kind}.`)
}

/** What is in the note tree; facts never are. */
const kindsInTree = new Set<number>([noteKinds.stamp, noteKinds.stake, noteKinds.payment])

function requireThreshold({ signers, threshold }: Pick<Checkpoint, 'signers' | 'threshold'>): void {
  const isRight = signers.length === 0 ? threshold === 0 : threshold >= 1 && threshold <= signers.length
  if (!isRight) throw new CheckpointMalformedError(`${threshold} of ${signers.length} signers cannot be a threshold.`)
}

/** A checkpoint that says what no checkpoint can. */
export class CheckpointMalformedError extends BaseError {
  override readonly code = 'checkpoint.malformed'
}
