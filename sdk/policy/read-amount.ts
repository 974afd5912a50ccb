import { BaseError } from '../errors.ts'
import { parseAmount, shortenAmount, type TokenOptions, usualDecimals } from './amount.ts'

/** Reads the amount of a condition; undefined for what is none, for whoever makes the condition to refuse. */
export function readAmount(value: unknown, where: string, token: TokenOptions): bigint | undefined {
  if (typeof value !== 'string') return undefined
  const shorter = shortenAmount(value, token)
  if (shorter !== undefined) throw tooPrecise(value, { where, shorter, ...token })
  return parseAmount(value, token)
}

type Told = TokenOptions & { readonly where: string; readonly shorter: string }

function tooPrecise(text: string, { where, shorter, decimals = usualDecimals }: Told): PolicyTooPreciseError {
  const has = `the token has ${decimals === 0 ? 'none' : decimals}`
  return new PolicyTooPreciseError(
    `${where}: “${text}” has ${text.split('.')[1]?.length} decimal places, and ${has}.`,
    {
      hint: `Write ${shorter}.`,
    },
  )
}

/** An amount with more decimal places than the token has. */
export class PolicyTooPreciseError extends BaseError {
  override readonly code = 'policy.too-precise'
}
