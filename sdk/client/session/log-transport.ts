import { endOfTimeNs } from '../../codec/index.ts'
import { concatBytes } from '../../crypto/index.ts'
import { type LogMemory, type LogPlace, type LogTransport, pageSize, type StoredPage } from '../../log/index.ts'
import { type NamedNode, NodeResponseError, type Page } from '../../transport/index.ts'
import { retried } from './retry.ts'
import type { SealedStorage } from './sealed-storage.ts'

/** Clients write after what they have read, but read at their own times: so far back, new pages may still appear. */
const overlapNs = 600n * 1_000_000_000n
/** Of this many pages, 1 GB, a log is none that an account has written. */
const mostPages = 262_144

/** Reads and writes the account's own log on its own topic, with its token. */
export function createLogTransport(named: NamedNode, { topic }: Pick<LogPlace, 'topic'>): LogTransport {
  let lastNs = 0n

  return {
    async read(from, signal) {
      const startTimeNs = from === 'start' || lastNs < overlapNs ? 0n : lastNs - overlapNs
      const pages = await collect(named.query({ contentTopics: [topic], startTimeNs }, { signal }))
      for (const { timestampNs } of pages) if (timestampNs > lastNs && timestampNs < endOfTimeNs) lastNs = timestampNs
      return pages
    },
    async write({ message, timestampNs }, signal) {
      await retried(() => named.publish([{ contentTopic: topic, timestampNs, message }], { signal }), signal)
    },
  }
}

async function collect(found: AsyncIterable<Page>): Promise<StoredPage[]> {
  const pages: StoredPage[] = []
  for await (const { envelopes } of found) {
    pages.push(...envelopes.filter(({ message }) => message.length === pageSize))
    if (pages.length > mostPages) throw new NodeResponseError('The node sends pages of the log without end.')
  }
  return pages
}

/** What this device remembers of an account's log, in the application's storage; encrypted, since it holds letters. */
export function createLogMemory(storage: SealedStorage): LogMemory {
  return {
    async load() {
      const bytes = await storage.get('log')
      if (!bytes) return undefined
      const count = bytes[0] ?? 0
      const end = 1 + 32 * count
      const heads = Array.from({ length: count }, (_, i) => bytes.slice(1 + 32 * i, 33 + 32 * i))
      return { heads, waiting: bytes.slice(end) }
    },
    async save({ heads, waiting }) {
      await storage.set('log', concatBytes(Uint8Array.of(heads.length), ...heads, waiting))
    },
  }
}
