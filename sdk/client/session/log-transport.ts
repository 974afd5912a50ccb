import { endOfTimeNs } from '../../codec/index.ts'
import { aeadNonceLength, concatBytes, openAead, type RandomBytes, sealAead, toHex, utf8 } from '../../crypto/index.ts'
import { type LogMemory, type LogPlace, type LogTransport, pageSize, type StoredPage } from '../../log/index.ts'
import { type NamedNode, NodeResponseError, type Page } from '../../transport/index.ts'
import { orNothing } from './peer.ts'
import { retried } from './retry.ts'
import type { SafeStorage } from './storage.ts'

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

type MemoryOptions = { readonly networkId: Uint8Array; readonly place: LogPlace; readonly random: RandomBytes }

/** What this device remembers of an account's log, in the application's storage; encrypted, since it holds letters. */
export function createLogMemory(storage: SafeStorage, { networkId, place, random }: MemoryOptions): LogMemory {
  const name = `pennypost/log/${toHex(networkId)}/${place.topic}`
  const associatedData = utf8(name)

  return {
    async load() {
      const saved = await storage.get(name)
      if (!saved) return undefined
      const nonce = saved.subarray(0, aeadNonceLength)
      const [bytes] = orNothing(() => openAead(saved.subarray(aeadNonceLength), { ...place, nonce, associatedData }))
      if (!bytes) return undefined
      const count = bytes[0] ?? 0
      const end = 1 + 32 * count
      const heads = Array.from({ length: count }, (_, i) => bytes.slice(1 + 32 * i, 33 + 32 * i))
      return { heads, waiting: bytes.slice(end) }
    },
    async save({ heads, waiting }) {
      const nonce = random(aeadNonceLength)
      const bytes = concatBytes(Uint8Array.of(heads.length), ...heads, waiting)
      await storage.set(name, concatBytes(nonce, sealAead(bytes, { ...place, nonce, associatedData })))
    },
  }
}
