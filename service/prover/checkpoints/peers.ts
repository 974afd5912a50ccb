import { decodeCheckpoint, type SignedCheckpoint } from '@pennypost/sdk/codec'
import { ProverUnavailableError, readCheckpoints, readProposal } from '../../plugins/read-checkpoints.ts'

/**
 * Signed checkpoints after a number, oldest first, from the first of the network's other provers that has any. Throws
 * {@link ProverUnavailableError} where nobody who answers has any, and somebody does not answer.
 */
export type Peers = (after: bigint) => Promise<readonly SignedCheckpoint[]>

/** What others would sign next, with the signatures that it has so far; who does not answer has nothing to offer. */
export type Proposals = () => Promise<readonly SignedCheckpoint[]>

/** Asks provers at their URLs. What one says again has no part in its answer. */
export function createPeers(urls: readonly string[], signal: AbortSignal): Peers {
  const { fetch } = globalThis
  return async (after) => {
    const silent: string[] = []
    for (const url of urls) {
      const newer = await readNewer({ fetch, url, after, signal }).catch(() => undefined)
      if (!newer) silent.push(url)
      else if (newer.length > 0) return newer
    }
    if (silent.length > 0) throw new ProverUnavailableError(`There is no answer from ${silent.join(' or ')}.`)
    return []
  }
}

/** Asks all provers at once: one that is silent makes nobody wait longer than for itself. */
export function createProposals(urls: readonly string[], signal: AbortSignal): Proposals {
  const { fetch } = globalThis
  return async () => {
    const asked = urls.map((url) => readProposal({ fetch, url, signal }).catch(() => undefined))
    return (await Promise.all(asked)).filter((offered) => offered !== undefined)
  }
}

async function readNewer(question: Parameters<typeof readCheckpoints>[0]): Promise<SignedCheckpoint[]> {
  const page = await readCheckpoints(question)
  return page.filter(({ checkpoint }) => decodeCheckpoint(checkpoint).sequence > question.after)
}
