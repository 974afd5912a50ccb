import { digestEnvelope, type Envelope, envelopeToJson, parseTopic } from '../../sdk/codec/index.ts'
import { fromBase64, toBase64, toHex } from '../../sdk/crypto/index.ts'

/** An envelope with its place in the store. */
export type Stored = Envelope & { digest: Uint8Array; sequence: number }

/** The JSON form of a query of XMTP V2. */
export type QueryJson = {
  contentTopics: string[]
  startTimeNs?: string
  endTimeNs?: string
  pagingInfo?: { limit?: number; direction?: string; cursor?: CursorJson | null }
}

type CursorJson = { index: { digest: string; senderTimeNs: string } }
type Position = Pick<Stored, 'timestampNs' | 'digest'>

/** Envelopes in memory, in the order of XMTP V2: (sender's time, digest). */
export function createMemoryStore() {
  const rows: Stored[] = []

  return {
    rows,
    /** The row of a new envelope; `undefined` where it was known. Ephemeral ones are never kept. */
    add(envelope: Envelope): Stored | undefined {
      const row = { ...envelope, digest: digestEnvelope(envelope), sequence: rows.length + 1 }
      if (rows.some((other) => other.contentTopic === row.contentTopic && compare(other, row) === 0)) return undefined
      if (!parseTopic(envelope.contentTopic).ephemeral) rows.push(row)
      return row
    },
    query({ contentTopics, startTimeNs = '0', endTimeNs, pagingInfo = {} }: QueryJson) {
      const sign = pagingInfo.direction === 'SORT_DIRECTION_ASCENDING' ? 1 : -1
      const limit = pagingInfo.limit || 100
      const after = positionOf(pagingInfo.cursor)
      const page = rows
        .filter(({ contentTopic }) => contentTopics.includes(contentTopic))
        .filter(({ timestampNs }) => timestampNs >= BigInt(startTimeNs))
        .filter(({ timestampNs }) => !endTimeNs || timestampNs <= BigInt(endTimeNs))
        .filter((row) => !after || sign * compare(row, after) > 0)
        .sort((a, b) => sign * compare(a, b))
        .slice(0, limit)
      return { envelopes: page.map(envelopeToJson), pagingInfo: describePage(page, limit, pagingInfo.direction) }
    },
  }
}

function compare(a: Position, b: Position): number {
  return Number(a.timestampNs - b.timestampNs) || toHex(a.digest).localeCompare(toHex(b.digest))
}

function positionOf(cursor: CursorJson | null | undefined): Position | undefined {
  return cursor
    ? { digest: fromBase64(cursor.index.digest), timestampNs: BigInt(cursor.index.senderTimeNs) }
    : undefined
}

function describePage(page: Stored[], limit: number, direction: string | undefined) {
  const last = page.length === limit ? page.at(-1) : undefined
  const index = last && { digest: toBase64(last.digest), senderTimeNs: last.timestampNs.toString() }
  return { limit: last ? limit : 0, cursor: index ? { index } : null, direction }
}
