import { BaseError } from '../../errors.ts'

/** What bounds a call, as an application gives it. A value of another kind would bound nothing, or fail on the way. */
type Limits = { readonly [Name in keyof typeof checks]?: unknown }

const isAmount = (value: unknown): boolean => typeof value === 'bigint' && value >= 0n
const isSeconds = (value: unknown): boolean => typeof value === 'number' && value >= 0
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const isQuote = (value: unknown): boolean => {
  if (!isObject(value) || !isObject(value.spent)) return false
  const amounts = [value.price, value.bond, value.spent.price, value.spent.bond]
  return isSeconds(value.seconds) && amounts.every(isAmount)
}

const isPayment = (value: unknown): boolean =>
  typeof value === 'boolean' ||
  (isObject(value) && [value.base, value.bond, value.tip].every((part) => part === undefined || isAmount(part)))

const checks = {
  maxPrice: { isValid: isAmount, what: "a bigint of the token's smallest units, 0n or more" },
  maxBond: { isValid: isAmount, what: "a bigint of the token's smallest units, 0n or more" },
  maxEffort: { isValid: isSeconds, what: 'a number of seconds, 0 or more' },
  payment: { isValid: isPayment, what: 'true, false, or bigints of 0n or more' },
  quote: { isValid: isQuote, what: 'what `quote()` has answered, where its `ok` is true' },
} as const

/** Throws where a limit is no limit. */
export function requireLimits(options: Limits): void {
  for (const [name, { isValid, what }] of Object.entries(checks)) {
    const value: unknown = options[name as keyof Limits]
    if (value === undefined || isValid(value)) continue
    throw new LimitMalformedError(`\`${name}\` is ${shown(value)}; it must be ${what}.`)
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `the string "${value.slice(0, 80)}"`
  if (typeof value === 'bigint') return `${value}n`
  return isObject(value) ? 'an object of another kind' : String(value)
}

/** A limit of a call is not of the kind that it must be. */
export class LimitMalformedError extends BaseError {
  override readonly code = 'limit.malformed'
}
