import { checksumAddress } from '../crypto/address.ts'
import type { Hex } from '../crypto/bytes.ts'
import { BaseError } from '../errors.ts'
import { PolicyMalformedError, RULE_LIMITS } from './rule.ts'

/** A token of which a text asks for an amount, and how many decimals its contract says that it has. */
export type TokenDecimals = { readonly chainId: bigint; readonly contract: Hex; readonly decimals: number }

/** A text that says of each token how many decimals it has, and what was put there: to be confirmed by whoever wrote it. */
export type DecimalText = { readonly text: string; readonly tokens: readonly TokenDecimals[] }

/** An amount of an ERC-20 token that does not say its decimals. */
const bare =
  /(?<![^\s(,])holds\s+eip155:(\d{1,16})\/erc20:(0x[0-9a-fA-F]{40})\s+>=\s+[0-9.]+(?![0-9.])(?!\s+decimals\b)/g

/**
 * Puts ` decimals 6` and the like after amounts of ERC-20 tokens that do not say theirs. It is asked once, when the text is written, and
 * part of the condition from then on: a reader who asked later would be told by a node or an endpoint what was meant.
 *
 * Throws `policy.decimals-unknown` for a contract that says none from 0 to 255.
 *
 * @example
 * ```ts
 * import { resolveDecimals } from '@pennypost/sdk/policy'
 * import { createPublicClient, erc20Abi, http } from 'viem'
 * import { mainnet } from 'viem/chains'
 *
 * const chain = createPublicClient({ chain: mainnet, transport: http() })
 * const { text } = await resolveDecimals(
 *   'holds eip155:1/erc20:0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48 >= 100.5',
 *   (address) => chain.readContract({ address, abi: erc20Abi, functionName: 'decimals' }),
 * )
 * await client.policy.set(text)
 * ```
 */
export async function resolveDecimals(
  text: string,
  decimalsOf: (contract: Hex, chainId: bigint) => Promise<number>,
): Promise<DecimalText> {
  if (text.length > RULE_LIMITS.bytes)
    throw new PolicyMalformedError(`a rule is longer than ${RULE_LIMITS.bytes} bytes`)
  const known = new Map<string, TokenDecimals>()
  const parts: string[] = []
  let end = 0
  for (const { 0: found, 1: chain = '', 2: address = '', index } of text.matchAll(bare)) {
    const [chainId, contract] = [BigInt(chain), checksumAddress(address)]
    const key = `${chainId} ${contract}`
    const token = known.get(key) ?? { chainId, contract, decimals: await read(contract, chainId, decimalsOf) }
    known.set(key, token)
    parts.push(text.slice(end, index + found.length), ` decimals ${token.decimals}`)
    end = index + found.length
  }
  return { text: [...parts, text.slice(end)].join(''), tokens: [...known.values()] }
}

async function read(
  contract: Hex,
  chainId: bigint,
  decimalsOf: (contract: Hex, chainId: bigint) => Promise<number>,
): Promise<number> {
  const decimals: unknown = await decimalsOf(contract, chainId).catch((cause) => {
    throw new DecimalsUnknownError(`${contract} on chain ${chainId} does not say its decimals.`, { cause, hint })
  })
  if (typeof decimals === 'number' && Number.isInteger(decimals) && decimals >= 0 && decimals <= 255) return decimals
  throw new DecimalsUnknownError(`${contract} on chain ${chainId} says that it has ${decimals} decimals.`, { hint })
}

const hint = 'Write them yourself: the amount in smallest units, and decimals 0.'

/** A token whose contract says no number of decimals. */
export class DecimalsUnknownError extends BaseError {
  override readonly code = 'policy.decimals-unknown'
}
