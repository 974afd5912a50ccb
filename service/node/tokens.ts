import { TokenExpiredError, type TokenHolder, tokenLifetimeNs, verifyToken } from '@pennypost/sdk/codec'
import type { Address } from '@pennypost/sdk/crypto'
import type { Clock } from '../plugins/clock.ts'

/** Who shows a token, and until when it holds (unix seconds). */
export type TokenBearer = { readonly address: Address; readonly expiresAt: number }

/** Verifies bearer tokens; one that was verified is recognised until it is too old. */
export type TokenReader = (authorization: string | undefined) => TokenBearer | undefined

const cacheSize = 10_000

/** Reads the `Authorization` header: undefined if there is none, a typed error if it proves nothing. */
export function createTokenReader(clock: Clock): TokenReader {
  const known = new Map<string, TokenHolder>()

  function remember(token: string, holder: TokenHolder): void {
    known.set(token, holder)
    const oldest = known.keys().next().value
    if (known.size > cacheSize && oldest !== undefined) known.delete(oldest)
  }

  return (authorization) => {
    if (authorization === undefined) return undefined
    const token = /^Bearer (\S{1,4096})$/.exec(authorization)?.[1] ?? ''
    const now = clock()
    const holder = known.get(token) ?? verifyToken(token, now)
    if (BigInt(Math.floor(now * 1000)) * 1_000_000n - holder.createdNs > tokenLifetimeNs) {
      throw new TokenExpiredError('The token is older than an hour.', { hint: 'Make a new one.' })
    }
    if (!known.has(token)) remember(token, holder)
    return { address: holder.address, expiresAt: Number((holder.createdNs + tokenLifetimeNs) / 1_000_000n) / 1000 }
  }
}
