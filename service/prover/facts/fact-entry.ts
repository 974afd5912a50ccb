import {
  type Address,
  addressToBytes,
  classIdOf,
  concatBytes,
  credentialOf,
  encodeLabelled,
  fromHex,
  type Hex,
  keccak256,
  type Note,
  toBytes8,
  toBytes32,
} from '@pennypost/sdk/crypto'
import type { NoteSignature } from '@pennypost/sdk/facts'
import { type FactCondition, factClassOf } from '@pennypost/sdk/policy'
import { factClass, factExpiryOf } from '@pennypost/sdk/verifier'

/** One signed note, as anybody may read it: neither the account nor the hashes of its secret and its person. */
export type FactEntry = {
  /** Its place, from 1. */
  readonly number: number
  /** Stands for the account within one class and epoch: see {@link aliasOf}. 32 bytes. */
  readonly alias: Uint8Array
  readonly fact: FactCondition
  readonly epoch: number
  /** By which the fact was judged. */
  readonly block: { readonly number: bigint; readonly hash: Hex }
  readonly commitment: bigint
  readonly signature: NoteSignature
}

/** Where the chain of what was signed begins. */
export const emptyFactChain: Uint8Array = new Uint8Array(32)

/** The note that an issuer signs, of a fact in an epoch. */
export function factNoteOf({ fact, epoch, commitment }: Pick<FactEntry, 'fact' | 'epoch' | 'commitment'>): Note {
  const classId = classIdOf(factClassOf(fact))
  return { commitment, classId, limit: BigInt(factClass.limit), expiry: BigInt(factExpiryOf(epoch)) }
}

/** What the signature is over. */
export const factMessageOf = (entry: Pick<FactEntry, 'fact' | 'epoch' | 'commitment'>): bigint =>
  credentialOf(factNoteOf(entry))

/**
 * An account's name in the log: one for each class and epoch, so that a second note would show, and which nobody who has not the
 * issuer's salt can tell from another account's, or connect with its other notes.
 */
export function aliasOf(
  salt: Uint8Array,
  { subject, classId, epoch }: { subject: Address; classId: bigint; epoch: number },
) {
  return keccak256(concatBytes(salt, addressToBytes(subject), toBytes32(classId), toBytes8(BigInt(epoch))))
}

/** The chain after an entry. */
export function extendFactChain(previous: Uint8Array, entry: FactEntry): Uint8Array {
  const { number, alias, epoch, block, signature } = entry
  const { commitment, classId, limit, expiry } = factNoteOf(entry)
  const note = [commitment, classId, limit, expiry, signature.r8x, signature.r8y, signature.s]
  const words = [BigInt(number), alias, BigInt(epoch), block.number, fromHex(block.hash), ...note]
  return keccak256(concatBytes(previous, keccak256(encodeLabelled('pennypost/fact-entry/v1', words))))
}
