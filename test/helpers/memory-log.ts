import { privateKeyToAddress } from 'viem/accounts'
import { randomBytes, sha256, toHex } from '../../sdk/crypto/index.ts'
import { AccountLog, type LogMemory, type LogTransport, logPlaceOf, type StoredPage } from '../../sdk/log/index.ts'

const identitySecret = new Uint8Array(32).fill(7)
/** Where the log of these tests lies. */
export const place = logPlaceOf(privateKeyToAddress(`0x${toHex(identitySecret)}`), identitySecret)

/** A log's topic in memory; `delay` in milliseconds lets several clients interleave. */
export function createMemoryLog({ delay }: { delay?: () => number } = {}) {
  const pages: StoredPage[] = []
  let lost = 0
  let shown = (page: StoredPage): boolean => Boolean(page)
  const pause = () => delay && new Promise((resolve) => setTimeout(resolve, delay()))
  const put = (page: StoredPage) => {
    const isKnown = pages.some((other) => toHex(sha256(other.message)) === toHex(sha256(page.message)))
    if (!isKnown) pages.push(page)
  }
  const transport: LogTransport = {
    async read() {
      await pause()
      return pages.filter((page) => shown(page))
    },
    async write(page) {
      await pause()
      put(page)
      if (lost-- > 0) throw new Error('lost')
    },
  }
  return {
    transport,
    pages,
    put,
    /** Stores what is written next, and fails all the same. */
    loseAnswers(count: number) {
      lost = count
    },
    /** Shows only some of the pages. */
    show(which: (page: StoredPage) => boolean) {
      shown = which
    },
  }
}

/** What a device remembers, in memory. */
export function createMemory(): LogMemory & { saved: () => Awaited<ReturnType<LogMemory['load']>> } {
  let saved: Awaited<ReturnType<LogMemory['load']>>
  return {
    load: async () => saved,
    save: async (memory) => {
      saved = memory
    },
    saved: () => saved,
  }
}

/** A client of the account, in its own run. */
export function openLog(memory: Pick<ReturnType<typeof createMemoryLog>, 'transport'>, device = createMemory()) {
  let now = 1_750_000_000_000_000_000n
  return new AccountLog({
    place,
    transport: memory.transport,
    memory: device,
    vault: { seal: (entry) => entry, open: (entry) => entry },
    random: randomBytes,
    nextNs: () => (now += 1_000_000n),
  })
}
