import type { WalletLike } from '../identity/index.ts'
import { Policies } from './account/policies.ts'
import { TrusteeAccount } from './account/trustee.ts'
import { createParts } from './create-client.ts'
import type { ClientOptions } from './session/options.ts'

/** What a trustee writes to its account's log, which is next to nothing, goes there at once. */
const atOnce = { copySeconds: 0, joinSeconds: 0, prepareSeconds: 0 } as const

/**
 * Logs in an account that holds shares of others' letters, and publishes it, with a key for letters, where it is new. It has no
 * conversations: what is in its letters is read as deposits alone.
 *
 * @example
 * ```ts
 * import { openTrustee } from '@pennypost/sdk'
 *
 * const trustee = await openTrustee(walletClient, { node: 'http://localhost:5555' })
 * const { signal } = new AbortController()
 * for await (const { deposit } of trustee.deposits(0n, signal)) console.log(deposit?.expiresAt)
 * ```
 */
export async function openTrustee(wallet: WalletLike, options: ClientOptions): Promise<TrusteeAccount> {
  const parts = await createParts(wallet, { ...options, privacy: { ...atOnce, ...options.privacy } })
  const { session, edges } = parts.mailroom
  const end = () => {
    parts.end()
    session.copies.end()
  }
  const policies = new Policies(session, wallet)
  try {
    await policies.ensureSealedKey(parts.policy, options.signal)
    return new TrusteeAccount({ session, edges, policies, end })
  } catch (error) {
    end()
    throw error
  }
}
