import type { NoteClass } from '../codec/checkpoint.ts'
import type { PaymentPlace } from '../codec/payment.ts'
import type { Rule } from '../policy/index.ts'
import type { CheckedBlocks } from './block-list.ts'
import type { CheckpointView } from './checkpoint.ts'
import type { checkConnection } from './connection.ts'
import type { FactVerifiers } from './fact-verifiers.ts'
import type { Groth16 } from './groth16.ts'
import type { Allowance } from './lane-limits.ts'
import type { MetCondition } from './met-condition.ts'
import type { Share } from './refusal.ts'

/** What the topic of a lane asks for, as the verifier's host knows it. */
export type TopicPolicy = {
  /** The effective rule: its leaves are what evidence names by index. */
  readonly rule: Rule
  /** The account written to (20 bytes) on a first-contact topic; absent elsewhere. */
  readonly recipient?: Uint8Array
  /** Leading zero bits that a `request` costs. */
  readonly requestBits: number
  /** Whom the account has blocked; absent if it has published no list, or if the topic is no first contact. */
  readonly blocks?: CheckedBlocks | undefined
  /** What a lane without evidence is worth, where that is more than a small lane: renewals, open floors. */
  readonly allowance?: Allowance
}

/** What verifies the proofs of each circuit. */
export type UseGroth16 = { readonly ticket: Groth16; readonly credential: Groth16 }

/** All that deciding on a lane needs; the verifier itself has no clock, no store and no network. */
export type LaneContext = {
  readonly networkId: Uint8Array
  readonly policy: TopicPolicy
  readonly checkpoint: CheckpointView | undefined
  /** Unix seconds. */
  readonly now: number
  /** What a nullifier that was used before has shown; the host looks up {@link nullifiersOf} first. */
  readonly usedShare: (nullifier: bigint) => UsedShare | undefined
  /** Whether a nullifier belongs to a leaked secret: of the checkpoint, or of a cheat that the host has seen. */
  readonly isLeaked: (nullifier: bigint) => boolean
  /** What verifies facts and connections; a host that takes none hands in none, bundles none, and each is refused. */
  readonly facts?: FactVerifiers | undefined
  readonly checkConnection?: typeof checkConnection | undefined
  /** Poseidon of two, four or five field elements, for payments and claims; handed in, since most hosts have one. */
  readonly poseidon: (inputs: readonly bigint[]) => bigint
  readonly groth16: UseGroth16
}

/** A lane that may publish. */
export type Lane = {
  readonly use: Uint8Array
  readonly topic: string
  readonly holder: Uint8Array
  readonly units: number
  /** Unix seconds. */
  readonly expiresAt: number
  /** How many envelopes it carries at most: one on first contact. */
  readonly envelopes: number
}

/** The share of a nullifier that was used; without `y` where the host has not kept it. */
export type UsedShare = { readonly x: bigint; readonly y?: bigint | undefined }

/** One use of a note, to be kept so that there is no second one, and that a second one gives the secret away. */
export type UsedNullifier = Share & {
  readonly nullifier: bigint
  readonly noteClass: Pick<NoteClass, 'kind' | 'number'>
}

/** What opening a lane comes to, when nothing is missing. The host stores all of it in one transaction. */
export type OpenedLane = {
  readonly ok: true
  readonly lane: Lane
  readonly nullifiers: readonly UsedNullifier[]
  /** The sender's pseudonym toward the recipient, where a ticket showed one. */
  readonly tag: bigint | undefined
  /** The accounts (20 bytes each) that paid for the lane, or showed facts for it, in their own name. */
  readonly payers: readonly Uint8Array[]
  /** What was paid for it, opened for the recipient: whoever keeps the lane hands it on, since the sender need not. */
  readonly payments: readonly PaymentPlace[]
  /** First contact: the conditions that were met, for the recipient to know. */
  readonly met: readonly MetCondition[]
  /** The serials (16 bytes each) of the connections that were shown. */
  readonly connections: readonly Uint8Array[]
  /** Whether it takes a place in the recipient's bucket of requests. */
  readonly isRequest: boolean
  readonly checkpointSequence: bigint
}
