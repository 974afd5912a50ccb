/** Which token amounts are of. */
export type TokenOptions = {
  /** The token's smallest units in one token, as a power of ten; 18 unless given. Clients have their network's. */
  readonly decimals?: number | undefined
  /** The most that can be counted; 2^96 - 1 unless given, as the network's contracts do. */
  readonly most?: bigint | undefined
}

/** What most tokens have, and what holds where nobody has said anything else. */
export const usualDecimals = 18

/** The most that a token can say of itself. */
export const mostDecimals = 255

/** What the network's contracts can count: 96 bits. */
const mostOfToken = 2n ** 96n - 1n

/** What any contract can count. */
export const mostOfAsset = 2n ** 256n - 1n

const pattern = /^(0|[1-9]\d{0,77})(?:\.(\d{0,254}[1-9]))?$/

/**
 * Reads an amount of whole tokens as the token's smallest units. One amount has one text: no exponent, no sign, no zeros
 * that say nothing. Undefined for any other text, for more decimal places than the token has, and for what no contract
 * can count.
 *
 * @example
 * ```ts
 * import { parseAmount } from '@pennypost/sdk/policy'
 *
 * parseAmount('0.5') // 500000000000000000n
 * parseAmount('0.5', { decimals: 6 }) // 500000n
 * ```
 */
export function parseAmount(
  text: string,
  { decimals = usualDecimals, most = mostOfToken }: TokenOptions = {},
): bigint | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const [, whole = '', fraction = ''] = match
  if (fraction.length > decimals) return undefined
  const amount = BigInt(whole + fraction.padEnd(decimals, '0'))
  return amount <= most ? amount : undefined
}

/**
 * An amount of the smallest unit in whole tokens, as a decimal; {@link parseAmount} reads it back.
 *
 * @example
 * ```ts
 * import { formatAmount } from '@pennypost/sdk/policy'
 *
 * formatAmount(500_000_000_000_000_000n) // '0.5'
 * formatAmount(500_000n, { decimals: 6 }) // '0.5'
 * ```
 */
export function formatAmount(amount: bigint, { decimals = usualDecimals }: TokenOptions = {}): string {
  const unit = 10n ** BigInt(decimals)
  const fraction = (amount % unit).toString().padStart(decimals, '0').replace(/0+$/, '')
  return fraction ? `${amount / unit}.${fraction}` : `${amount / unit}`
}

/** Whether a condition can ask for an amount of the smallest unit. */
export const isAskable = (amount: bigint, most = mostOfToken): boolean => amount > 0n && amount <= most

/** The nearest text that the token can count, where one only has too many decimal places; undefined for any other. */
export function shortenAmount(text: string, { decimals = usualDecimals }: TokenOptions = {}): string | undefined {
  const fraction = pattern.exec(text)?.[2] ?? ''
  if (fraction.length <= decimals) return undefined
  const units = BigInt(text.slice(0, decimals - fraction.length).replace('.', ''))
  return formatAmount(units || 1n, { decimals })
}
