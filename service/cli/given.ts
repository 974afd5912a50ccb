import type { Client } from '@pennypost/sdk'
import { type Address, checksumAddress, faultOfAddress } from '@pennypost/sdk/crypto'
import { formatAmount, parseAmount } from '@pennypost/sdk/policy'
import { type Call, CommandMisusedError } from './command.ts'

type Token = Pick<Client, 'decimals'>

/** An address that was given as the parameter of that place. */
export function addressAt({ args }: Pick<Call, 'args'>, at = 0): Address {
  const given = args[at] ?? ''
  const fault = faultOfAddress(given)
  if (fault === undefined) return checksumAddress(given)
  throw new CommandMisusedError(`Expected an address: ${fault}.`)
}

/** An amount of tokens as people write it; undefined where the option was not given. */
export function amountOf({ flags }: Pick<Call, 'flags'>, name: string, token: Token): bigint | undefined {
  const given = textOf({ flags }, name)
  const amount = given === undefined ? undefined : parseAmount(given, token)
  if (given === undefined || amount !== undefined) return amount
  throw new CommandMisusedError(`--${name} must be an amount like 0.5, with at most ${token.decimals} decimals.`)
}

/** A whole number within bounds. */
export function numberOf(given: string, name: string, [least, most]: readonly [number, number]): number {
  if (/^\d+$/.test(given) && Number(given) >= least && Number(given) <= most) return Number(given)
  throw new CommandMisusedError(`${name} must be a whole number from ${least} to ${most}, not "${given}".`)
}

/** An option's value. */
export const textOf = ({ flags }: Pick<Call, 'flags'>, name: string): string | undefined => {
  const value = flags[name]
  return typeof value === 'string' ? value : undefined
}

/** One of some words. */
export function wordOf<T extends string>(given: string | undefined, words: readonly T[]): T {
  const found = words.find((word) => word === given)
  if (found !== undefined) return found
  throw new CommandMisusedError(`Expected one of ${words.join(', ')}, not "${given}".`)
}

/** An amount for people, and for JSON. */
export const tokens = (amount: bigint, token: Token): string => `${formatAmount(amount, token)} tokens`
export const ether = (amount: bigint): string => `${formatAmount(amount, { decimals: 18 })} ether`
export const decimal = (amount: bigint, token: Token): string => formatAmount(amount, token)
