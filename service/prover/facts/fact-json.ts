import { fromHex, toHex } from '@pennypost/sdk/crypto'
import { type FactCondition, isCondition, isFact, parseRule } from '@pennypost/sdk/policy'
import { BaseError, type ClaimForm, claimForms } from '@pennypost/sdk/verifier'
import { recordOf, textOf } from '../../plugins/json.ts'
import type { ClaimSigner } from '../issuing/index.ts'
import type { FactRecord } from '../store/index.ts'
import type { FactEntry } from './fact-entry.ts'

/** An entry of what was signed, as it is served. */
export type FactJson = ReturnType<typeof factToJson>

type Certificate = ReturnType<ClaimSigner['certificate']>

/** Which key an issuer says that it signs claims with in an epoch. */
export type ServedCertificate = Certificate & { readonly networkId: Uint8Array }

/** Who certifies the key of its claims, in which network. */
type Certifying = { readonly networkId: Uint8Array; readonly claims: Pick<ClaimSigner, 'certificate'> }

/** A note or a claim as anybody may read it. */
export function factToJson(record: FactRecord, issuing: Certifying) {
  const { number, alias, condition, epoch, block, chain } = record
  const place = {
    number,
    alias: toHex(alias),
    condition,
    epoch,
    block: { number: String(block.number), hash: block.hash },
  }
  return { ...place, ...signedToJson(record, issuing), hash: toHex(chain) }
}

function signedToJson(record: FactRecord, { networkId, claims }: Certifying) {
  if (record.form === 'note') {
    const { commitment, signature } = record
    const { r8x, r8y, s } = signature
    return { commitment: String(commitment), r8x: String(r8x), r8y: String(r8y), s: String(s) }
  }
  const { form, epoch, digest, signature } = record
  const { key, eas, signature: certified } = claims.certificate(epoch)
  const certificate = { network: toHex(networkId), key: toHex(key), eas: toHex(eas), signature: toHex(certified) }
  return { form, digest: toHex(digest), signature: toHex(signature), certificate }
}

/** An entry that somebody serves, the chain that it says it gives, and of a claim the certificate. */
export type ServedEntry = FactEntry & {
  readonly chain: Uint8Array
  readonly certificate?: ServedCertificate
}

/** Reads an entry that somebody serves. Throws where it is none. */
export function factFromJson(json: unknown): ServedEntry {
  const entry = recordOf(json)
  const block = recordOf(entry.block)
  const place = {
    number: wholeOf(entry.number),
    alias: bytesOf(entry.alias),
    fact: factOf(textOf(entry.condition)),
    epoch: wholeOf(entry.epoch),
    block: { number: decimalOf(block.number), hash: `0x${toHex(bytesOf(block.hash))}` },
    chain: bytesOf(entry.hash),
  } as const
  if (entry.form !== undefined) return { ...place, ...claimOf(entry) }
  const signature = { r8x: decimalOf(entry.r8x), r8y: decimalOf(entry.r8y), s: decimalOf(entry.s) }
  return { ...place, form: 'note', commitment: decimalOf(entry.commitment), signature }
}

function claimOf(entry: Readonly<Record<string, unknown>>) {
  const form = textOf(entry.form)
  if (!isForm(form)) throw new FactEntryMalformedError('Its form is unknown.')
  const { network, key, eas, signature } = recordOf(entry.certificate)
  const certificate = {
    networkId: bytesOf(network),
    key: bytesOf(key, 64),
    eas: bytesOf(eas, 20),
    signature: bytesOf(signature, 96),
  }
  return { form, digest: bytesOf(entry.digest), signature: bytesOf(entry.signature, 64), certificate }
}

const isForm = (form: string): form is ClaimForm => Object.hasOwn(claimForms, form)

function factOf(text: string): FactCondition {
  const fact = parseRule(text)
  if (isCondition(fact) && isFact(fact)) return fact
  throw new FactEntryMalformedError('Its condition is no fact.')
}

function wholeOf(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new FactEntryMalformedError('It has something else where a number belongs.')
}

function decimalOf(value: unknown): bigint {
  const number = typeof value === 'string' && /^(0|[1-9]\d{0,77})$/.test(value) ? BigInt(value) : undefined
  if (number !== undefined && number >> 256n === 0n) return number
  throw new FactEntryMalformedError('It has something else where decimal digits belong.')
}

function bytesOf(value: unknown, length = 32): Uint8Array {
  const isHex = typeof value === 'string' && /^(0x)?([0-9a-f]{2})*$/.test(value)
  const bytes = isHex ? fromHex(value) : undefined
  if (bytes?.length === length) return bytes
  throw new FactEntryMalformedError(`It has something else where ${2 * length} hex digits belong.`)
}

/** An entry of an issuer's log that is none. */
export class FactEntryMalformedError extends BaseError {
  readonly code = 'fact.entry-malformed'
}
