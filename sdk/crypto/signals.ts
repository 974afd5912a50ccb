import { FIELD_ORDER, poseidon } from './poseidon.ts'

export {
  classIdOf,
  issuerNameOf,
  type NoteClass,
  type NoteKind,
  networkIdOf,
  noteKinds,
  predicateNumber,
  type Scope,
  scopeOf,
  tagScopeOf,
  type Use,
  useOf,
  walletHolder,
  walletOf,
  xOf,
} from './use.ts'

/**
 * Every value that a circuit, a contract and a verifier must agree on, in plain TypeScript.
 *
 * Hashes that a contract or a verifier computes are keccak256 of `abi.encode(…)`; cut to 248 bits (`>> 8`) they are
 * field elements (see use.ts). Hashes that a circuit computes are Poseidon, kept apart by their first input.
 */

/** Depth of the note tree: it has room for 2^20 notes. */
export const TREE_DEPTH = 20

/** The largest `limit` of a note; message ids run from 0 to one below the limit. */
export const MAX_LIMIT = 256

/** 8 is that of issuers' certificates, in verifier/certificate.ts. */
const domains = { commitment: 1n, share: 2n, nullifier: 3n, tag: 4n, credential: 5n, person: 6n, secret: 7n } as const

/** The fields of one leaf of the note tree. */
export type Note = {
  readonly commitment: bigint
  readonly classId: bigint
  readonly limit: bigint
  readonly expiry: bigint
}

/** What a ticket's holder knows and chooses. */
export type TicketInputs = {
  readonly secret: bigint
  readonly person: bigint
  readonly messageId: bigint
  readonly scope: bigint
  readonly tagScope: bigint
  readonly x: bigint
}

/** What one use of a note shows: a point of a line, and the sender's pseudonym. */
export type TicketSignals = {
  readonly a1: bigint
  readonly y: bigint
  readonly nullifier: bigint
  readonly tag: bigint
}

export const secretHashOf = (secret: bigint): bigint => poseidon([domains.secret, secret])

export const personHashOf = (person: bigint): bigint => poseidon([domains.person, person])

/** What a buyer hands to the contract, or an issuer signs: neither hash can be opened from it. */
export function commitmentOf(secretHash: bigint, personHash: bigint): bigint {
  return poseidon([domains.commitment, secretHash, personHash])
}

export function leafOf({ commitment, classId, limit, expiry }: Note): bigint {
  return poseidon([commitment, classId, limit, expiry])
}

/** What an issuer signs instead of putting a leaf into the tree. */
export function credentialOf({ commitment, classId, limit, expiry }: Note): bigint {
  return poseidon([domains.credential, commitment, classId, limit, expiry])
}

/** The slope of the line through the secret; one for each message id of a scope. */
export function a1Of(secret: bigint, scope: bigint, messageId: bigint): bigint {
  return poseidon([domains.share, secret, scope, messageId])
}

export function yOf(secret: bigint, a1: bigint, x: bigint): bigint {
  return mod(secret + a1 * x)
}

export const nullifierOf = (a1: bigint): bigint => poseidon([domains.nullifier, a1])

export const tagOf = (person: bigint, tagScope: bigint): bigint => poseidon([domains.tag, person, tagScope])

/** All that one use of a note shows. */
export function ticketSignals({ secret, person, messageId, scope, tagScope, x }: TicketInputs): TicketSignals {
  const a1 = a1Of(secret, scope, messageId)
  return { a1, y: yOf(secret, a1, x), nullifier: nullifierOf(a1), tag: tagOf(person, tagScope) }
}

/** The secret of a note that showed one nullifier with two different `x`. */
export function recoverSecret(first: { x: bigint; y: bigint }, second: { x: bigint; y: bigint }): bigint {
  return mod(first.y - first.x * slopeOf(first, second))
}

/** The slope of the line through two shares: `nullifierOf` it is what both uses showed. */
export function slopeOf(first: { x: bigint; y: bigint }, second: { x: bigint; y: bigint }): bigint {
  const run = mod(second.x - first.x)
  if (run === 0n) throw new RangeError('Two shares with one x do not determine the secret.')
  return mod((second.y - first.y) * invert(run))
}

const mod = (value: bigint) => ((value % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER

/** The inverse modulo the field's order, by Fermat. */
function invert(value: bigint): bigint {
  let inverse = 1n
  for (let base = value, exponent = FIELD_ORDER - 2n; exponent > 0n; exponent >>= 1n, base = mod(base * base)) {
    if (exponent & 1n) inverse = mod(inverse * base)
  }
  return inverse
}
