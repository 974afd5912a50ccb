import type { Operation } from '@pennypost/sdk/notes'
import type { BlockRef } from './block-ref.ts'
import type { LedgerStore } from './ledger-store.ts'

/** An operation at its place in the log. */
export type LoggedOperation = { readonly index: number; readonly block: bigint; readonly operation: Operation }

/** An operation with what follows from it and all before: its leaf, the log's chain, the root of all trees. */
export type LogEntry = LoggedOperation & {
  readonly leaf: bigint
  readonly chain: Uint8Array
  readonly root: bigint
  /** The number of the leaf's tree, that of its subtree of 2^10 leaves in there, and the roots of both. */
  readonly tree: number
  readonly subtree: number
  readonly treeRoot: bigint
  readonly node: bigint
}

/** The log after so many operations, and the root of all trees. */
export type LogPosition = { readonly operations: number; readonly chain: Uint8Array; readonly root: bigint }

/** A checkpoint that was made; `signed` is there once it was signed. */
export type CheckpointRecord = {
  readonly sequence: bigint
  /** Encoded Checkpoint. */
  readonly checkpoint: Uint8Array
  readonly operations: number
  readonly logHash: Uint8Array
  /** Encoded SignedCheckpoint. */
  readonly signed: Uint8Array | undefined
}

/** A page: from which row on, and how many at most. */
export type Page = { readonly from: number; readonly limit: number }

/** What a prover keeps: the log it read and the checkpoints it made. One writer. */
export type ProverStore = LedgerStore & {
  /** Which deployment's log this is; undefined in a new store. */
  deployment(): Promise<string | undefined>
  /** Ties a new store to a deployment. */
  bind(description: string): Promise<void>

  /** Newest first. */
  blocks(): Promise<BlockRef[]>
  /** Adds what was read up to the end of a block; all of it or nothing. */
  append(entries: readonly LogEntry[], block: BlockRef): Promise<void>
  /** Forgets all that is newer than a block. */
  rollback(block: bigint): Promise<void>

  /** The log after its first `operations`, or after all; undefined if it is shorter. */
  position(operations?: number): Promise<LogPosition | undefined>
  /** All leaves of all trees after the first `operations`, zeroed ones 0: how many, and a page of them. */
  leaves(operations: number, page: Page): Promise<{ size: number; leaves: Uint8Array[] }>
  /** A page of the first `operations`. */
  operations(operations: number, page: Page): Promise<LoggedOperation[]>
  /** The root after each of the operations `from`…`to - 1`. */
  roots(from: number, to: number): Promise<Uint8Array[]>
  /** The roots of the trees after the first `operations`, as a checkpoint names them. */
  trees(operations: number): Promise<Uint8Array[]>
  /** The roots of a tree's subtrees that have leaves after the first `operations`. */
  nodes(operations: number, tree: number): Promise<Uint8Array[]>

  /** How many operations there are up to the end of a block. */
  operationsUntil(block: bigint): Promise<number>

  /** Takes a sequence number for a checkpoint, also from one that does not have its signatures. */
  propose(record: Omit<CheckpointRecord, 'signed'>): Promise<void>
  /** Gives up one that was never signed, with its number. */
  withdraw(sequence: bigint): Promise<void>
  /** Adds the signatures. */
  seal(sequence: bigint, signed: Uint8Array): Promise<void>
  /** The newest that was made, signed or not. */
  newestProposal(): Promise<CheckpointRecord | undefined>
  /** The newest that was signed. */
  newestSigned(): Promise<CheckpointRecord | undefined>
  /** Signed ones after a sequence number, oldest first. */
  signedAfter(sequence: bigint, limit: number): Promise<Uint8Array[]>

  /** Writes something that changes nothing; throws where it cannot. */
  probe(): Promise<void>
  close(): Promise<void>
}
