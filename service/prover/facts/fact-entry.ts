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
import { type ClaimForm, claimForms, factClass, factExpiryOf } from '@pennypost/sdk/verifier'

/** What is known of everything that is signed: not the account. */
type Entered = {
  /** Its place, from 1. */
  readonly number: number
  /** Stands for the account within one class, epoch and form: see {@link aliasOf}. 32 bytes. */
  readonly alias: Uint8Array
  readonly fact: FactCondition
  readonly epoch: number
  /** By which the fact was judged. */
  readonly block: { readonly number: bigint; readonly hash: Hex }
}

/** One signed note, as anybody may read it: neither the account nor the hashes of its secret and its person. */
export type NoteEntry = Entered & {
  readonly form: 'note'
  readonly commitment: bigint
  readonly signature: NoteSignature
}

/** One signed claim: what was signed has a salt in it, so that nobody can try whose it is. */
export type ClaimEntry = Entered & {
  readonly form: ClaimForm
  /** What was signed, 32 bytes. */
  readonly digest: Uint8Array
  /** R and S, 64 bytes. */
  readonly signature: Uint8Array
}

export type FactEntry = NoteEntry | ClaimEntry

/** Where the chain of what was signed begins. */
export const emptyFactChain: Uint8Array = new Uint8Array(32)

/** The note that an issuer signs, of a fact in an epoch. */
export function factNoteOf({ fact, epoch, commitment }: Pick<NoteEntry, 'fact' | 'epoch' | 'commitment'>): Note {
  const classId = classIdOf(factClassOf(fact))
  return { commitment, classId, limit: BigInt(factClass.limit), expiry: BigInt(factExpiryOf(epoch)) }
}

/** What the signature is over. */
export const factMessageOf = (entry: Pick<NoteEntry, 'fact' | 'epoch' | 'commitment'>): bigint =>
  credentialOf(factNoteOf(entry))

/**
 * An account's name in the log: one for each class and epoch, and for claims of each form (its number; none for notes), so that a
 * second one would show, and which nobody who has not the issuer's salt can tell from another account's, or connect with others.
 */
export function aliasOf(
  salt: Uint8Array,
  { subject, classId, epoch, form }: { subject: Address; classId: bigint; epoch: number; form?: number },
) {
  const kind = form === undefined ? new Uint8Array() : Uint8Array.of(form)
  return keccak256(concatBytes(salt, addressToBytes(subject), toBytes32(classId), toBytes8(BigInt(epoch)), kind))
}

/** The chain after an entry. */
export function extendFactChain(previous: Uint8Array, entry: FactEntry): Uint8Array {
  const { number, alias, epoch, block } = entry
  const place = [BigInt(number), alias, BigInt(epoch), block.number, fromHex(block.hash)]
  const hash =
    entry.form === 'note'
      ? encodeLabelled('pennypost/fact-entry/v1', [...place, ...wordsOfNote(entry)])
      : encodeLabelled('pennypost/claim-entry/v1', [...place, ...wordsOfClaim(entry)])
  return keccak256(concatBytes(previous, keccak256(hash)))
}

function wordsOfNote(entry: NoteEntry): bigint[] {
  const { commitment, classId, limit, expiry } = factNoteOf(entry)
  const { r8x, r8y, s } = entry.signature
  return [commitment, classId, limit, expiry, r8x, r8y, s]
}

const wordsOfClaim = ({ fact, form, digest, signature }: ClaimEntry): (bigint | Uint8Array)[] => [
  classIdOf(factClassOf(fact)),
  BigInt(claimForms[form]),
  digest,
  signature.subarray(0, 32),
  signature.subarray(32),
]
