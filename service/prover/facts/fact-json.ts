import { fromHex, toHex } from '@pennypost/sdk/crypto'
import { isCondition, isFact, parseRule } from '@pennypost/sdk/policy'
import { BaseError } from '@pennypost/sdk/verifier'
import { recordOf, textOf } from '../../plugins/json.ts'
import type { FactNote } from '../store/index.ts'
import type { FactEntry } from './fact-entry.ts'

/** An entry of what was signed, as it is served. */
export type FactJson = ReturnType<typeof factToJson>

/** A note as anybody may read it. */
export function factToJson({ number, alias, condition, epoch, block, commitment, signature, chain }: FactNote) {
  return {
    number,
    alias: toHex(alias),
    condition,
    epoch,
    block: { number: String(block.number), hash: block.hash },
    commitment: String(commitment),
    r8x: String(signature.r8x),
    r8y: String(signature.r8y),
    s: String(signature.s),
    hash: toHex(chain),
  }
}

/** An entry that somebody serves, and the chain that it says it gives. Throws where it is none. */
export function factFromJson(json: unknown): FactEntry & { readonly chain: Uint8Array } {
  const entry = recordOf(json)
  const block = recordOf(entry.block)
  const fact = parseRule(textOf(entry.condition))
  if (!isCondition(fact) || !isFact(fact)) throw new FactEntryMalformedError('Its condition is no fact.')
  return {
    number: wholeOf(entry.number),
    alias: wordOf(entry.alias),
    fact,
    epoch: wholeOf(entry.epoch),
    block: { number: decimalOf(block.number), hash: `0x${toHex(wordOf(block.hash))}` },
    commitment: decimalOf(entry.commitment),
    signature: { r8x: decimalOf(entry.r8x), r8y: decimalOf(entry.r8y), s: decimalOf(entry.s) },
    chain: wordOf(entry.hash),
  }
}

function wholeOf(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new FactEntryMalformedError('It has something else where a number belongs.')
}

function decimalOf(value: unknown): bigint {
  if (typeof value === 'string' && /^(0|[1-9]\d{0,77})$/.test(value)) return BigInt(value)
  throw new FactEntryMalformedError('It has something else where decimal digits belong.')
}

function wordOf(value: unknown): Uint8Array {
  if (typeof value === 'string' && /^(0x)?[0-9a-f]{64}$/.test(value)) return fromHex(value)
  throw new FactEntryMalformedError('It has something else where 64 hex digits belong.')
}

/** An entry of an issuer's log that is none. */
export class FactEntryMalformedError extends BaseError {
  readonly code = 'fact.entry-malformed'
}
