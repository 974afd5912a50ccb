import { fromBytes, toBytes32 } from '@pennypost/sdk/crypto'
import type { Operation } from '@pennypost/sdk/notes'
import type { Row } from '../../plugins/database/index.ts'
import type { CheckpointRecord, LogEntry, LoggedOperation } from './prover-store.ts'

const [append, zero] = [1, 2]
const noNote = { commitment: 0n, classId: 0n, limit: 0n, expiry: 0n }

/** The columns of `operations`, each with all its values: what `unnest` takes. */
export function columnsOf(entries: readonly LogEntry[]): unknown[] {
  const notes = entries.map(({ operation }) => (operation.kind === 'append' ? operation : noNote))
  return [
    entries.map(({ index }) => index),
    entries.map(({ operation }) => (operation.kind === 'append' ? append : zero)),
    entries.map(({ operation }) => operation.leafIndex),
    notes.map(({ commitment }) => toBuffer(commitment)),
    notes.map(({ classId }) => toBuffer(classId)),
    notes.map(({ limit }) => Number(limit)),
    notes.map(({ expiry }) => String(expiry)),
    entries.map(({ leaf }) => toBuffer(leaf)),
    entries.map(({ chain }) => Buffer.from(chain)),
    entries.map(({ root }) => toBuffer(root)),
    entries.map(({ block }) => String(block)),
    entries.map(({ tree }) => tree),
    entries.map(({ subtree }) => subtree),
    entries.map(({ treeRoot }) => toBuffer(treeRoot)),
    entries.map(({ node }) => toBuffer(node)),
  ]
}

/** A row of `operations`. */
export function readOperation(row: Row): LoggedOperation {
  return { index: Number(row.index), block: BigInt(row.block), operation: operationOf(row) }
}

/** A row of `checkpoints`. */
export function readCheckpoint(row: Row): CheckpointRecord {
  return {
    sequence: BigInt(row.sequence),
    checkpoint: toArray(row.checkpoint),
    operations: Number(row.operations),
    logHash: toArray(row.log_hash),
    signed: row.signed ? toArray(row.signed) : undefined,
  }
}

/** A column's bytes as a plain array. */
export const toArray = (buffer: Buffer): Uint8Array => new Uint8Array(buffer)

function operationOf(row: Row): Operation {
  const leafIndex = Number(row.leaf_index)
  if (row.kind === zero) return { kind: 'zero', leafIndex }
  return {
    kind: 'append',
    leafIndex,
    commitment: fromBytes(row.commitment),
    classId: fromBytes(row.class_id),
    limit: BigInt(row.ticket_limit),
    expiry: BigInt(row.expiry),
  }
}

const toBuffer = (value: bigint): Buffer => Buffer.from(toBytes32(value))
