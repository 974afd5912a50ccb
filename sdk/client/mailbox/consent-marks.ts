import { concatBytes, fromHex, toHex } from '../../crypto/index.ts'
import type { SealedStorage } from '../session/sealed-storage.ts'

/** What a device remembers of the entries of the consents: the first bytes of each digest. */
export type ConsentMarks = {
  /** Those that were there when the log was last read, by this run or an earlier one. */
  known(): Promise<readonly string[]>
  /** Remembers entries by their digests in hex. */
  keep(digests: readonly string[]): Promise<void>
}

/** Bytes of a digest. */
const length = 8

/** The mark of an entry, from its digest in hex. */
export const markOf = (digest: string): string => digest.slice(0, 2 * length)

/** What remembers entries in the memory of the device, and in this run where there is none. */
export function createConsentMarks(sealed: SealedStorage): ConsentMarks {
  const marks = new Set<string>()
  let loading: Promise<void> | undefined

  async function load(): Promise<void> {
    const saved = (await sealed.get('consents')) ?? new Uint8Array()
    for (let i = 0; i < saved.length; i += length) marks.add(toHex(saved.subarray(i, i + length)))
  }

  return {
    async known() {
      loading ??= load()
      await loading
      return [...marks]
    },
    async keep(digests) {
      const before = marks.size
      for (const digest of digests) marks.add(markOf(digest))
      if (marks.size > before) await sealed.set('consents', concatBytes(...[...marks].map(fromHex)))
    },
  }
}
