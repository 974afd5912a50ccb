import { checksumAddress, faultOfAddress, zeroAddress } from '../crypto/address.ts'
import type { Hex } from '../crypto/bytes.ts'
import { BaseError } from '../errors.ts'
import { PolicyMalformedError, RULE_LIMITS } from './rule.ts'

/** How names become addresses. */
export type NameOptions = {
  /** The one text of a name (ENSIP-15), as viem's `normalize` gives it; throws for what is no name. */
  readonly normalize: (name: string) => string
  /** The account of a name on a chain; null or undefined where it has none. */
  readonly resolve: (name: string, chainId: bigint) => Promise<string | null | undefined>
}

/** A name that stood in a text, and the account that stands there now. */
export type ResolvedName = { readonly name: string; readonly address: Hex; readonly chainId: bigint }

/** A text of the policy language without names, and what they stand for: to be confirmed by whoever wrote them. */
export type ResolvedText = { readonly text: string; readonly names: readonly ResolvedName[] }

/**
 * Puts addresses where a text of the policy language has names: for a contract, for that of an asset, and after `from`. Whoever
 * reads a policy finds addresses only, so that a name which is sold takes nobody's policy along. Show `names` to whoever wrote
 * the text before it is published.
 *
 * Throws `policy.name-not-normal` for a name that stands for another one, such as one that only looks like it;
 * `policy.name-invalid` for what is none, and `policy.name-unknown` for one without an account on the chain.
 *
 * @example
 * ```ts
 * import { resolveNames } from '@pennypost/sdk/policy'
 * import { createPublicClient, http, toCoinType } from 'viem'
 * import { mainnet } from 'viem/chains'
 * import { normalize } from 'viem/ens'
 *
 * const ens = createPublicClient({ chain: mainnet, transport: http() })
 * const { text, names } = await resolveNames('connection or holds eip155:1/erc721:club.example.eth', {
 *   normalize,
 *   resolve: (name, chainId) => ens.getEnsAddress({ name, coinType: toCoinType(Number(chainId)) }),
 * })
 * for (const { name, address } of names) console.log(`${name} is ${address}. Is that so?`)
 * await client.policy.set(text)
 * ```
 */
export async function resolveNames(text: string, options: NameOptions): Promise<ResolvedText> {
  if (text.length > RULE_LIMITS.bytes)
    throw new PolicyMalformedError(`a rule is longer than ${RULE_LIMITS.bytes} bytes`)
  const known = new Map<string, ResolvedName>()
  const parts: string[] = []
  let end = 0
  for (const { name, at, chainId } of namesIn(text)) {
    const key = `${chainId} ${name}`
    const found = known.get(key) ?? (await resolveName(name, { ...options, chainId }))
    known.set(key, found)
    parts.push(text.slice(end, at), found.address)
    end = at + name.length
  }
  return { text: [...parts, text.slice(end)].join(''), names: [...known.values()] }
}

/** Where a name may stand in a word: after a chain, or after a chain and what its asset is. */
const placed = /^(eip155:(\d{1,16})(?::|\/[a-z0-9]+:))([^/]*)/

type Placed = { readonly name: string; readonly at: number; readonly chainId: bigint }

function namesIn(text: string): Placed[] {
  const found: Placed[] = []
  let [chainId, before] = [1n, '']
  for (const { 0: word, index } of text.matchAll(/[^\s(),]+/g)) {
    const [, prefix = '', chain, named = word] = placed.exec(word) ?? []
    if (chain !== undefined) chainId = BigInt(chain)
    const isPlace = prefix !== '' || before === 'from'
    if (isPlace && named.includes('.')) found.push({ name: named, at: index + prefix.length, chainId })
    before = word
  }
  return found
}

/**
 * The account of one name on one chain: of whom somebody wants to write to, say. Throws as {@link resolveNames} does. Show name and
 * address before anything goes there, and then go by the address: a name may be another's in a moment.
 *
 * @example
 * ```ts
 * import { resolveName } from '@pennypost/sdk/policy'
 * import { createPublicClient, http } from 'viem'
 * import { mainnet } from 'viem/chains'
 * import { normalize } from 'viem/ens'
 *
 * const ens = createPublicClient({ chain: mainnet, transport: http() })
 * const resolve = (name: string) => ens.getEnsAddress({ name })
 * const { address } = await resolveName('friend.example.eth', { normalize, resolve, chainId: 1n })
 * ```
 */
export async function resolveName(
  name: string,
  { normalize, resolve, chainId }: NameOptions & { readonly chainId: bigint },
): Promise<ResolvedName> {
  const normal = normalizeOrThrow(name, normalize)
  if (normal !== name) {
    throw new NameNotNormalError(`“${name}” stands for “${normal}”.`, { hint: `If that is meant, write ${normal}.` })
  }
  const address = await resolve(name, chainId)
  if (typeof address === 'string' && !faultOfAddress(address) && address.toLowerCase() !== zeroAddress)
    return { name, address: checksumAddress(address), chainId }
  throw new NameUnknownError(`“${name}” has no account on chain ${chainId}.`, { hint: 'Write its address.' })
}

function normalizeOrThrow(name: string, normalize: NameOptions['normalize']): string {
  try {
    return normalize(name)
  } catch (cause) {
    throw new NameInvalidError(`“${name}” is no name.`, { cause })
  }
}

/** A name that is another one when it is written as names are. */
export class NameNotNormalError extends BaseError {
  override readonly code = 'policy.name-not-normal'
}

/** A text that is no name. */
export class NameInvalidError extends BaseError {
  override readonly code = 'policy.name-invalid'
}

/** A name that stands for no account on the chain. */
export class NameUnknownError extends BaseError {
  override readonly code = 'policy.name-unknown'
}
