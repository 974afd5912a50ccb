import type { Row } from '../../plugins/database/index.ts'
import type {
  KeptBlocks,
  LaneRecord,
  NewEnvelope,
  Parked,
  ParkedPlace,
  PolicyVersion,
  StoredEnvelope,
} from './node-store.ts'

const half = 1n << 63n

/** A uint64 as a bigint column holds it. */
export const toColumn = (value: bigint): bigint => value - half

/** The uint64 of a bigint column. */
export const fromColumn = (column: string): bigint => BigInt(column) + half

export const envelopeColumns = 'sequence, topic, time, digest, message, use, counter, tag, evidence'

/** An envelope of a row with {@link envelopeColumns}. */
export function envelopeOf(row: Row): StoredEnvelope {
  return {
    sequence: BigInt(row.sequence),
    contentTopic: row.topic,
    timestampNs: fromColumn(row.time),
    digest: row.digest,
    message: row.message,
    use: row.use ?? undefined,
    counter: row.use ? Number(row.counter) : undefined,
    tag: row.tag ?? undefined,
    evidence: row.evidence ?? undefined,
  }
}

/** A lane of a row. */
export function laneOf(row: Row): LaneRecord {
  return {
    use: row.use,
    topic: row.topic,
    holder: row.holder,
    units: row.units,
    expiresAt: Number(row.expires_at),
    envelopes: Number(row.envelopes),
    usedUnits: row.used_units,
    usedEnvelopes: Number(row.used_envelopes),
    counter: Number(row.counter),
    tag: row.tag ?? undefined,
    payers: cut(row.payer, 20),
    evidence: row.evidence ?? undefined,
    connections: cut(row.connection, 16),
  }
}

/** What stands in one column one after the other. */
function cut(bytes: Uint8Array | null, length: number): Uint8Array[] | undefined {
  if (!bytes) return undefined
  return Array.from({ length: bytes.length / length }, (_, i) => bytes.subarray(i * length, (i + 1) * length))
}

/** A version of a policy of a row. */
export function policyOf(row: Row): PolicyVersion {
  return {
    version: fromColumn(row.version),
    document: row.document,
    supersededAt: row.superseded_at === null ? undefined : Number(row.superseded_at),
  }
}

/** A list of blocks of a row, if there is one. */
export const blocksOf = (row: Row | undefined): KeptBlocks =>
  row ? { version: fromColumn(row.version), salt: row.salt, entries: row.entries } : noBlocks

const noBlocks: KeptBlocks = { version: 0n, salt: new Uint8Array(32), entries: new Uint8Array() }

/** A parked publish of a row. */
export function parkedOf(row: Row): Parked {
  return {
    wallet: row.wallet,
    recipient: row.recipient,
    topic: row.topic,
    publish: row.publish,
    caller: row.caller,
    parkedAt: Number(row.parked_at),
  }
}

/** The place of something parked of a row. */
export const placeOf = ({ wallet, recipient, caller, parked_at, bytes }: Row): ParkedPlace => ({
  wallet,
  recipient,
  caller,
  parkedAt: Number(parked_at),
  bytes: Number(bytes),
})

/** What of an envelope is bytes, one after the other, and where in the whole they start. */
export function packEnvelopes(envelopes: readonly NewEnvelope[]): {
  blob: Buffer
  offsets: number[]
  lengths: number[]
} {
  const parts: Uint8Array[] = []
  const offsets: number[] = []
  let offset = 1 // substring counts from one
  for (const { digest, use = nothing, tag = nothing, evidence = nothing, message } of envelopes) {
    offsets.push(offset)
    parts.push(digest, use, tag, evidence, message)
    offset += digest.length + use.length + tag.length + evidence.length + message.length
  }
  return { blob: Buffer.concat(parts), offsets, lengths: envelopes.map(({ message }) => message.length) }
}

const nothing = new Uint8Array()
