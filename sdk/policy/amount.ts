/** The token's smallest units in one token, as a power of ten. */
const decimals = 18

/** What a contract can count: 96 bits. */
const most = 2n ** 96n - 1n

const pattern = new RegExp(`^(0|[1-9]\\d{0,10})(?:\\.(\\d{0,${decimals - 1}}[1-9]))?$`)

/**
 * Reads an amount of whole tokens as the token's smallest units. One amount has one text: no exponent, no sign, no zeros
 * that say nothing. Undefined for any other text and for what no contract can count.
 *
 * @example
 * ```ts
 * import { parseAmount } from '@pennypost/sdk/policy'
 *
 * parseAmount('0.5') // 500000000000000000n
 * ```
 */
export function parseAmount(text: string): bigint | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const [, whole = '', fraction = ''] = match
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
 * ```
 */
export function formatAmount(amount: bigint): string {
  const unit = 10n ** BigInt(decimals)
  const fraction = (amount % unit).toString().padStart(decimals, '0').replace(/0+$/, '')
  return fraction ? `${amount / unit}.${fraction}` : `${amount / unit}`
}
