import type { SignedCheckpoint } from '@pennypost/sdk/codec'
import { readCheckpoints } from '../../plugins/read-checkpoints.ts'

/** Signed checkpoints after a number, oldest first, from the first of the network's other provers that has any. */
export type Peers = (after: bigint) => Promise<readonly SignedCheckpoint[]>

/** Asks provers at their URLs. One that does not answer has nothing to say. */
export function createPeers(urls: readonly string[], signal: AbortSignal): Peers {
  const { fetch } = globalThis
  return async (after) => {
    for (const url of urls) {
      const page = await readCheckpoints({ fetch, url, after, signal }).catch(() => [])
      if (page.length > 0) return page
    }
    return []
  }
}
