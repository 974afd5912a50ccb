import { fromBytes } from '../crypto/abi.ts'
import { type RandomBytes, randomBytes, utf8 } from '../crypto/bytes.ts'
import { FIELD_ORDER } from '../crypto/field.ts'
import { hkdfSha256 } from '../crypto/hkdf.ts'
import { commitmentOf, type NoteClass, personHashOf, secretHashOf } from '../crypto/signals.ts'

/** What a note's owner keeps: whoever knows it can use the note. */
export type NoteSecret = { readonly secret: bigint; readonly person: bigint }

/** A note that is in the tree, as its owner keeps it. */
export type HeldNote = NoteSecret & {
  readonly noteClass: NoteClass
  readonly limit: bigint
  /** Unix seconds. */
  readonly expiry: bigint
  /** Seconds of an epoch, of a note of stakes: its tickets are fresh in each. */
  readonly epochLength?: number
  /** The number of the tree that it is in: of a lower one more notes are there to be taken for it. */
  readonly tree?: number
}

/**
 * Makes the secret of a new note of one account.
 *
 * @example
 * ```ts
 * import { createNote, noteCommitment, personOf } from '@pennypost/sdk/notes'
 *
 * const note = createNote(personOf(identityPrivateKey))
 * const commitment = noteCommitment(note) // what the contract learns
 * ```
 */
export function createNote(person: bigint, random: RandomBytes = randomBytes): NoteSecret {
  return { secret: toFieldElement(random(48)), person }
}

/** What a buyer hands to the contract for a new note. */
export function noteCommitment({ secret, person }: NoteSecret): bigint {
  return commitmentOf(secretHashOf(secret), personHashOf(person))
}

/**
 * The account's part in every note and every tag, derived from its identity key: the same on each device, and the same
 * again after the account is recovered.
 */
export function personOf(identityPrivateKey: Uint8Array): bigint {
  return toFieldElement(hkdfSha256(identityPrivateKey, { info: utf8('pennypost/person/v1'), length: 48 }))
}

/** A field element from 48 uniform bytes; 128 bits more than the field has keep it uniform. */
function toFieldElement(bytes: Uint8Array): bigint {
  return fromBytes(bytes) % FIELD_ORDER
}
