import { concat, encodeAbiParameters, type Hex, numberToHex, pad } from 'viem'
import type { privateKeyToAccount } from 'viem/accounts'
import { networkIdOf, toBytes32 } from '../../sdk/crypto/index.ts'
import { claimTypedData, type FactRequest, factTypedData } from '../../sdk/facts/index.ts'
import { type FactCondition, formatRule, parseRule } from '../../sdk/policy/index.ts'
import { type ClaimForm, factEpochOf } from '../../sdk/verifier/index.ts'
import { createIssuerKey } from '../../service/prover/issuing/index.ts'
import { network } from './prover.ts'

/** Code of contracts that are no honest token, or none at all. */
export const codes = {
  /** Answers the storage's word at account xor id: an ERC-20, ERC-721 or ERC-1155 that a test writes balances of. */
  token: '0x600435602435185460005260206000f3',
  reverts: '0x60006000fd',
  silent: '0x00',
  short: '0x601f6000f3',
  long: '0x60406000f3',
  endless: '0x5b600056',
  /** Answers 2^256 - 1. */
  greatest: '0x60001960005260206000f3',
} as const

/** Code that reverts with a reason. */
export function reverting(reason: string): Hex {
  const data = concat(['0x08c379a0', encodeAbiParameters([{ type: 'string' }], [reason])])
  const size = (data.length - 2) / 2
  const length = numberToHex(size, { size: 2 })
  return concat(['0x61', length, '0x600e60003961', length, '0x6000fd', data])
}

/** Where the token of {@link codes} keeps what an account holds. */
export const placeOf = (account: Hex, id = 0n): Hex => pad(numberToHex(BigInt(account) ^ id))

export const networkId = networkIdOf(network)
export const issuerKey = createIssuerKey('07'.repeat(32))

export type Asking = { readonly condition: string } & Partial<Omit<FactRequest, 'fact' | 'subject'>>

export const factOf = (condition: string): FactCondition => parseRule(condition) as FactCondition

/** A request for a note of an account, without the signature. */
export function requestOf(subject: Hex, { condition, ...changes }: Asking, now: number): FactRequest {
  const { x, y } = issuerKey
  const fields = { networkId, issuer: { x, y }, epoch: factEpochOf(now), secretHash: 5n, personHash: 6n }
  return { subject, fact: factOf(condition), ...fields, ...changes }
}

/** A request as it is posted, signed by an account. */
export async function bodyOf(account: ReturnType<typeof privateKeyToAccount>, asking: Asking, now: number) {
  const request = requestOf(account.address, asking, now)
  return writeBody({ request, signature: await account.signTypedData(factTypedData(request)) })
}

/** Which claim is asked for; the form that the account signs may be another. */
export type AskingClaim = {
  readonly condition: string
  readonly epoch: number
  readonly form: ClaimForm
  readonly signed?: ClaimForm
}

/** A request for a claim as it is posted, signed by an account. */
export async function claimBodyOf(
  account: ReturnType<typeof privateKeyToAccount>,
  { condition, epoch, form, signed = form }: AskingClaim,
) {
  const { x, y } = issuerKey
  const fact = factOf(condition)
  const request = { networkId, issuer: { x, y }, subject: account.address, fact, epoch, form: signed }
  const signature = await account.signTypedData(claimTypedData(request))
  return { condition: formatRule(fact), subject: account.address as string, epoch, as: form, signature }
}

export function writeBody({ request, signature }: { request: FactRequest; signature: Hex }) {
  const { subject, fact, epoch, secretHash, personHash } = request
  const hexOf = (value: bigint): Hex => `0x${Buffer.from(toBytes32(value)).toString('hex')}`
  const hashes = { secretHash: hexOf(secretHash), personHash: hexOf(personHash) }
  return { condition: formatRule({ ...fact, issuers: 1 }), subject, epoch, ...hashes, signature }
}
