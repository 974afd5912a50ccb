import type { Cursor, Envelope, Leak } from '@pennypost/sdk/codec'
import type { LaneState } from '@pennypost/sdk/verifier'
import type { Retention } from './sweep.ts'

/** An envelope with the digest that, beside its topic and time, is its key. */
export type NewEnvelope = Envelope & {
  readonly digest: Uint8Array
  /** The lane that published it, with its counter there. */
  readonly use?: Uint8Array | undefined
  readonly counter?: number | undefined
  /** The sender's pseudonym toward the owner of a first-contact topic, 32 bytes. */
  readonly tag?: Uint8Array | undefined
  /** What was shown for it: an encoded EnvelopeEvidence. */
  readonly evidence?: Uint8Array | undefined
}

/** An envelope at its place in the node's own order. */
export type StoredEnvelope = NewEnvelope & { readonly sequence: bigint }

/** An opened lane as the store keeps it. */
export type LaneRecord = LaneState & {
  readonly tag?: Uint8Array | undefined
  /** The accounts that paid for it by name, 20 bytes each. */
  readonly payers?: readonly Uint8Array[] | undefined
  /** What was shown for it: an encoded LaneEvidence. */
  readonly evidence?: Uint8Array | undefined
  /** The serials of the connections that opened it, 16 bytes each. */
  readonly connections?: readonly Uint8Array[] | undefined
}

/** What an unattended address has waiting: letters with their units, and lanes that may yet bring one each. */
export type UnattendedMail = {
  readonly letters: number
  readonly units: number
  /** Lanes that have published nothing, those that are over among them. */
  readonly open: readonly Pick<LaneRecord, 'use' | 'units' | 'expiresAt'>[]
}

/** What the node knows of a topic besides its envelopes. */
export type TopicState = {
  /** The wallet that wrote to it first, where that decides; '' elsewhere. */
  readonly owner: string
  /** A lane was the first to write: only lanes write there. */
  readonly claimed: boolean
  /** Nothing more is stored. */
  readonly closed: boolean
  /** A first contact was accepted: both parties write freely. */
  readonly open: boolean
  /** Something was published there. */
  readonly used: boolean
}

/** A version of an account's policy; `supersededAt` (unix seconds) where a newer one followed. Version 0 is none. */
export type PolicyVersion = {
  readonly version: bigint
  /** Encoded PolicyDocument; empty for version 0. */
  readonly document: Uint8Array
  readonly supersededAt?: number | undefined
}

/** The list of blocks of an account that holds now. Version 0 is none. */
export type KeptBlocks = {
  readonly version: bigint
  readonly salt: Uint8Array
  readonly entries: Uint8Array
}

/** Invitations of one wallet to one recipient that wait for a lane. */
export type Parked = {
  readonly wallet: string
  readonly recipient: string
  /** The topic whose lane files them. */
  readonly topic: string
  /** The whole refused publish, encoded. */
  readonly publish: Uint8Array
  /** The network address that it came from, as the node notes it. */
  readonly caller: string
  readonly parkedAt: number
}

/** One wallet has one publish parked for one recipient. */
export type ParkedKey = Pick<Parked, 'wallet' | 'recipient'>

/**
 * A count that only rises within its day: requests of a recipient, lanes of a connection, units that a conversation's lanes are renewed with, units of a wallet or a caller in
 * conversations and on its own topics; and, for ever on day 0, what the owner of a topic has written there.
 */
export type Tally = {
  readonly kind: 'requests' | 'connection' | 'renewed' | 'units' | 'own' | 'held'
  readonly who: string
  readonly day: number
  readonly count: number
}

/** A lane to be kept with everything that makes it single: one row each, or none at all. */
export type NewLane = {
  readonly lane: LaneRecord
  /** Encoded SignedGrant: the same answer every time. */
  readonly grant: Uint8Array
  /** Digest of the evidence that opened it, 32 bytes. */
  readonly shown: Uint8Array
  readonly nullifiers: readonly KeptNullifier[]
}

/** A nullifier with what its use has shown: a second use of a stake's gives its secret away. */
export type KeptNullifier = {
  readonly nullifier: Uint8Array
  /** 32 bytes. */
  readonly y: Uint8Array
  readonly kind: number
  readonly classNumber: number
  /** When nothing that shows it counts any more; never, where nothing is said. */
  readonly until?: number | undefined
}

/** What one request writes: all of it or nothing. */
export type Change = {
  readonly envelopes?: readonly NewEnvelope[] | undefined
  /** Lanes as they are after the request. */
  readonly lanes?: readonly LaneState[] | undefined
  readonly newLane?: NewLane | undefined
  /** Secrets of cheaters that were published with it. */
  readonly leak?: Leak | undefined
  readonly topics?: readonly (TopicState & { readonly topic: string })[] | undefined
  readonly policies?: readonly { readonly owner: string; readonly version: PolicyVersion }[] | undefined
  readonly blocks?: readonly { readonly owner: string; readonly list: KeptBlocks }[] | undefined
  readonly tallies?: readonly Tally[] | undefined
  readonly park?: Parked | undefined
  readonly unpark?: readonly ParkedKey[] | undefined
}

/** The key of an envelope. */
export type EnvelopeKey = { readonly contentTopic: string; readonly timestampNs: bigint; readonly digest: Uint8Array }

/** One page of the merged order (time, digest) of several topics. */
export type StoreQuery = {
  readonly topics: readonly string[]
  /** Inclusive; 0 for none. */
  readonly startTimeNs: bigint
  readonly endTimeNs: bigint
  readonly cursor?: Cursor | undefined
  readonly descending: boolean
  readonly limit: number
  /** Messages of a page, and what was shown for them, come to no more than this, unless one alone does. */
  readonly bytes?: number | undefined
}

/** What comes after a sequence, over several topics. */
export type StoreAfter = {
  readonly topics: readonly string[]
  readonly sequence: bigint
  readonly limit: number
  /** The page ends with the envelope that reaches this. */
  readonly bytes?: number | undefined
}

/** A page; `more` where the store has further rows in that direction. */
export type StorePage = { readonly envelopes: readonly StoredEnvelope[]; readonly more: boolean }

/** The grant of a lane, and the digest of what it was given for: not known of what was opened long ago. */
export type GrantOf = Pick<NewLane, 'grant'> & { readonly shown: Uint8Array | undefined }

/** A nullifier and the lane that a grant was given for; `y` is not known of what was used long ago. */
export type UsedBy = { readonly nullifier: Uint8Array; readonly use: Uint8Array; readonly y?: Uint8Array | undefined }

/** What is parked, but for what it says. */
export type ParkedPlace = Omit<Parked, 'topic' | 'publish'> & { readonly bytes: number }

/**
 * Where a node keeps what it accepted. `write` is acknowledged after the commit; changes that wait at the same moment
 * share one transaction, and each is kept whole or not at all.
 */
export type NodeStore = {
  /** The sequences of the change's envelopes, in order; of one that was stored before, the one it has. */
  write(change: Change): Promise<readonly bigint[]>
  /** Calls back after each commit with what is new, in the order of sequences. Answers how to stop. */
  onStored(listener: (stored: readonly StoredEnvelope[]) => void): () => void
  /** The last sequence that was committed. */
  position(): bigint
  /** How many changes wait for a transaction to begin. */
  waiting(): number

  page(query: StoreQuery): Promise<StorePage>
  /** Envelopes of topics after a sequence, in the order of sequences. */
  after(query: StoreAfter): Promise<StoredEnvelope[]>
  find(key: EnvelopeKey): Promise<StoredEnvelope | undefined>
  lane(use: Uint8Array): Promise<LaneRecord | undefined>
  /** Lanes of one holder on a topic that are not over at `now`. */
  lanesOf(topic: string, holder: Uint8Array, now: number): Promise<LaneRecord[]>
  grant(use: Uint8Array): Promise<GrantOf | undefined>
  usedNullifiers(nullifiers: readonly Uint8Array[]): Promise<UsedBy[]>
  /** What the node itself has published of cheaters. */
  leaks(): Promise<Leak[]>
  topic(topic: string): Promise<TopicState>
  /** What waits on the topic of an unattended address. */
  unattended(topic: string): Promise<UnattendedMail>
  /** Newest first. */
  policies(owner: string): Promise<PolicyVersion[]>
  blocks(owner: string): Promise<KeptBlocks>
  tally(key: Omit<Tally, 'count'>): Promise<number>
  parked(wallet: string, recipient: string): Promise<Parked | undefined>
  /** All that is parked, oldest first. */
  parkedPlaces(): Promise<ParkedPlace[]>
  parkedTotals(): Promise<{ readonly count: number; readonly bytes: number }>

  /** Encoded SignedCheckpoints, oldest first. */
  checkpoints(): Promise<Uint8Array[]>
  /** A page of them: those with a greater number, oldest first. */
  checkpointsAfter(sequence: bigint, limit: number): Promise<Uint8Array[]>
  /** The one with a number. */
  checkpoint(sequence: bigint): Promise<Uint8Array | undefined>
  /** In place of the one with its number, if there is one. */
  addCheckpoint(sequence: bigint, signed: Uint8Array, issuedAt: number): Promise<void>
  /** A secret of the node by name; made by `make` the first time. */
  secret(name: string, make: () => Uint8Array): Promise<Uint8Array>
  /** Resolves if the store answers. */
  ping(): Promise<void>
  /** Resolves if something can be written. */
  probe(): Promise<void>
  /** Forgets what is over, and the envelopes that need not be kept any longer. */
  sweep(now: number, retention?: Retention): Promise<void>
  close(): Promise<void>
}
