import { type Address, checksumAddress, faultOfAddress, fromHex } from '../../sdk/crypto/index.ts'
import { parseAmount } from '../../sdk/policy/index.ts'
import { type Session, TaskError } from './session.ts'

type Token = Pick<Session, 'decimals'>

/** An amount of tokens as people write it. */
export function amountOf({ decimals }: Token, name: string, text: string): bigint {
  const amount = parseAmount(text, { decimals })
  if (amount === undefined) {
    const like = decimals === 0 ? 'a number of tokens like 5' : `an amount of tokens like 0.5, of ${decimals} decimals`
    throw new TaskError(`--${name} must be ${like}, not "${text}".`)
  }
  return amount
}

/** The most that something may cost, where it was given. */
export const mostOf = (token: Token, text: string | undefined): bigint | undefined =>
  text === undefined ? undefined : amountOf(token, 'most', text)

/** The same in ether, in wei. */
export function mostInEther(text: string | undefined): bigint | undefined {
  const amount = text === undefined ? undefined : parseAmount(text, { decimals: 18 })
  if (text === undefined || amount !== undefined) return amount
  throw new TaskError(`--most must be an amount of ether like 0.001, not "${text}".`)
}

export function addressOf(name: string, text: string | undefined): Address {
  const fault = faultOfAddress(text ?? '')
  if (text !== undefined && fault === undefined) return checksumAddress(text)
  throw new TaskError(`${name} must be an address: ${fault}.`)
}

export function bytes32Of(name: string, text: string | undefined): Uint8Array {
  if (text === undefined || !/^(0x)?[0-9a-f]{64}$/i.test(text)) {
    throw new TaskError(`${name} must be 32 bytes in hexadecimal, not "${text ?? ''}".`)
  }
  return fromHex(text.slice(-64).toLowerCase())
}

export function required(name: string, text: string | undefined): string {
  if (text === undefined) throw new TaskError(`--${name} is missing.`)
  return text
}
