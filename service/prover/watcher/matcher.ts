import type { Leak } from '@pennypost/sdk/codec'
import { fromBytes, secretHashOf } from '@pennypost/sdk/crypto'
import type { LedgerStore, Staked } from '../store/index.ts'
import type { Target } from './reporter.ts'

/** Finds the stakes that leaked secrets are of. */
export type Matcher = (leaks: readonly Leak[]) => Promise<Target[]>

/** Secrets without a stake that are remembered, in case the stake is read later; the oldest are forgotten. */
const maxWaiting = 1_024
/** Hashes at a time; others are served between. */
const hashesPerTurn = 16

/**
 * Remembers secrets: one that was matched is matched again with stakes that are made later, one that was not waits for a
 * while. Each stake is found once.
 */
export function createMatcher(store: Pick<LedgerStore, 'stakesWith' | 'falseStakes' | 'newestStake'>): Matcher {
  /** Secrets by their hashes. */
  const [waiting, matched] = [new Map<bigint, bigint>(), new Map<bigint, bigint>()]
  const known = new Set<bigint>()
  const found = new Set<string>()
  let newest: string | undefined

  async function hashNew(leaks: readonly Leak[]): Promise<bigint[]> {
    const hashes: bigint[] = []
    for (const secret of leaks.map((leak) => fromBytes(leak.secret))) {
      if (known.has(secret)) continue
      const hash = secretHashOf(secret)
      known.add(secret)
      waiting.set(hash, secret)
      hashes.push(hash)
      if (hashes.length % hashesPerTurn === 0) await new Promise(setImmediate)
    }
    return hashes
  }

  function forgetOldest(): void {
    for (const [hash, secret] of waiting) {
      if (waiting.size <= maxWaiting) return
      waiting.delete(hash)
      known.delete(secret)
    }
  }

  function match(stake: Staked): Target {
    const secret = waiting.get(stake.secretHash) ?? matched.get(stake.secretHash)
    if (secret !== undefined) matched.set(stake.secretHash, secret)
    waiting.delete(stake.secretHash)
    return { stake, secret }
  }

  const isNew = ({ stake }: Target): boolean => {
    const name = `${stake.contract} ${stake.leafIndex}`
    const isFound = found.has(name)
    found.add(name)
    return !isFound
  }

  return async (leaks) => {
    const fresh = await hashNew(leaks)
    const last = newest
    newest = await store.newestStake()
    const hashes = newest === last ? fresh : [...waiting.keys(), ...matched.keys()]
    const bySecret = hashes.length > 0 ? (await store.stakesWith(hashes)).map(match) : []
    const byOpening = newest === last ? [] : (await store.falseStakes()).map((stake) => ({ stake, secret: undefined }))
    forgetOldest()
    return [...bySecret, ...byOpening].filter(isNew)
  }
}
