import { keccak_256 } from '@noble/hashes/sha3.js'
import { encodeLabelled, fromBytes, type Word } from './abi.ts'
import { FIELD_ORDER, poseidon } from './poseidon.ts'

/**
 * Every value that a circuit, a contract and a verifier must agree on, in plain TypeScript.
 *
 * Hashes that a contract or a verifier computes are keccak256 of `abi.encode(…)`; cut to 248 bits (`>> 8`) they are
 * field elements. Hashes that a circuit computes are Poseidon, kept apart by their first input.
 */

/** Depth of the note tree: it has room for 2^20 notes. */
export const TREE_DEPTH = 20

/** The largest `limit` of a note; message ids run from 0 to one below the limit. */
export const MAX_LIMIT = 256

const kinds = { stamp: 1n, stake: 2n, fact: 3n } as const
const domains = { commitment: 1n, share: 2n, nullifier: 3n, tag: 4n, credential: 5n, person: 6n, secret: 7n } as const

/** What one piece of evidence is good for, before hashing. */
export type Use = {
  readonly networkId: Uint8Array
  readonly topic: string
  /** 32 bytes: an Ed25519 lane key, or `walletHolder(address)`. */
  readonly holder: Uint8Array
  readonly units: bigint
  /** Unix seconds. */
  readonly expiresAt: bigint
}

export type NoteKind = keyof typeof kinds

/** What a note is worth: which contract issued it, on which chain, under which number. */
export type NoteClass = {
  readonly kind: NoteKind
  readonly chainId: bigint
  /** 20 bytes. */
  readonly contract: Uint8Array
  /** The class's number in its contract; of a fact `predicateNumber(predicate)`. */
  readonly number: bigint
}

/** Where a message id counts: one class of one network, in one period. */
export type Scope = {
  readonly networkId: Uint8Array
  readonly classId: bigint
  /** The epoch of a rate class; 0 for stamps. */
  readonly period: bigint
  /** 32 bytes naming the issuer, when the class has issuers. */
  readonly issuer?: Uint8Array
}

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

/** The name of a network, as every other hash contains it. */
export function networkIdOf(name: string): Uint8Array {
  return keccak(name)
}

/** A wallet as the holder of a lane: its 20 bytes after 12 zeros. */
export function walletHolder(address: Uint8Array): Uint8Array {
  if (address.length !== 20) throw new RangeError(`An address is 20 bytes, not ${address.length}.`)
  const holder = new Uint8Array(32)
  holder.set(address, 12)
  return holder
}

/** The wallet's address that holds a lane; undefined where an Ed25519 key does. */
export function walletOf(holder: Uint8Array): Uint8Array | undefined {
  return holder.length === 32 && holder.subarray(0, 12).every((byte) => byte === 0) ? holder.subarray(12) : undefined
}

/** The one thing evidence is good for. */
export function useOf({ networkId, topic, holder, units, expiresAt }: Use): Uint8Array {
  return hashLabelled('pennypost/lane/v1', [bytes32(networkId), keccak(topic), bytes32(holder), units, expiresAt])
}

/** The public signal `x` that binds a ticket to its `use`. */
export function xOf(use: Uint8Array): bigint {
  return cut(bytes32(use))
}

/** The identifier of a class, as the contract computes it from its caller. */
export function classIdOf({ kind, chainId, contract, number }: NoteClass): bigint {
  return cut(hashLabelled('pennypost/class/v1', [kinds[kind], chainId, contract, number]))
}

/** The `number` of a fact's class. */
export function predicateNumber(predicate: Uint8Array): bigint {
  return fromBytes(keccak_256(predicate))
}

/** Computed by the verifier, never sent. */
export function scopeOf({ networkId, classId, period, issuer }: Scope): bigint {
  const words: Word[] = [bytes32(networkId), classId, period]
  if (issuer !== undefined) words.push(bytes32(issuer))
  return cut(hashLabelled('pennypost/scope/v1', words))
}

/** The tag scope of a first contact: one pseudonym of the sender toward one recipient. */
export function tagScopeOf(networkId: Uint8Array, recipient: Uint8Array): bigint {
  return cut(hashLabelled('pennypost/tag/v1', [bytes32(networkId), recipient]))
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
  const run = mod(second.x - first.x)
  if (run === 0n) throw new RangeError('Two shares with one x do not determine the secret.')
  return mod(first.y - first.x * mod((second.y - first.y) * invert(run)))
}

const hashLabelled = (label: string, words: readonly Word[]) => keccak_256(encodeLabelled(label, words))
const keccak = (text: string) => keccak_256(new TextEncoder().encode(text))
const cut = (hash: Uint8Array) => fromBytes(hash) >> 8n
const mod = (value: bigint) => ((value % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER

/** The inverse modulo the field's order, by Fermat. */
function invert(value: bigint): bigint {
  let inverse = 1n
  for (let base = value, exponent = FIELD_ORDER - 2n; exponent > 0n; exponent >>= 1n, base = mod(base * base)) {
    if (exponent & 1n) inverse = mod(inverse * base)
  }
  return inverse
}

function bytes32(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 32) throw new RangeError(`Expected 32 bytes, not ${bytes.length}.`)
  return bytes
}
