import { encodeLabelled, fromBytes, type Word } from './abi.ts'
import { concatBytes, utf8 } from './bytes.ts'
import { keccak256, keccak256Kept } from './hash.ts'

/**
 * The values that a contract or a verifier computes: keccak256 of `abi.encode(…)`, cut to 248 bits (`>> 8`) where it must
 * be a field element. They are apart from what circuits compute, so that a verifier carries no Poseidon.
 */

/** What notes are, by the numbers that contracts, checkpoints and class ids have for it. */
export const noteKinds = { stamp: 1, stake: 2, fact: 3, payment: 4 } as const

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

export type NoteKind = keyof typeof noteKinds

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

/** The name of a network, as every other hash contains it. */
export function networkIdOf(name: string): Uint8Array {
  return keccak256(utf8(name))
}

/** A wallet as the holder of a lane: its 20 bytes after 12 zeros. */
export function walletHolder(address: Uint8Array): Uint8Array {
  if (address.length !== 20) throw new RangeError(`An address is 20 bytes, not ${address.length}.`)
  const holder = new Uint8Array(32)
  holder.set(address, 12)
  return holder
}

/** The wallet's address that holds a lane; undefined if an Ed25519 key does. */
export function walletOf(holder: Uint8Array): Uint8Array | undefined {
  return holder.length === 32 && holder.subarray(0, 12).every((byte) => byte === 0) ? holder.subarray(12) : undefined
}

/** The one thing evidence is good for. */
export function useOf({ networkId, topic, holder, units, expiresAt }: Use): Uint8Array {
  const words = [bytes32(networkId), keccak256Kept(utf8(topic)), bytes32(holder), units, expiresAt]
  return hashLabelled('pennypost/lane/v1', words)
}

/** The public signal `x` that binds a ticket to its `use`. */
export function xOf(use: Uint8Array): bigint {
  return cut(bytes32(use))
}

/** The identifier of a class, as the contract computes it from its caller. */
export function classIdOf({ kind, chainId, contract, number }: NoteClass): bigint {
  return cut(hashLabelled('pennypost/class/v1', [BigInt(noteKinds[kind]), chainId, contract, number]))
}

/** The `number` of a fact's class. */
export function predicateNumber(predicate: Uint8Array): bigint {
  return fromBytes(keccak256(predicate))
}

/** Computed by the verifier, never sent. */
export function scopeOf({ networkId, classId, period, issuer }: Scope): bigint {
  const words: Word[] = [bytes32(networkId), classId, period]
  if (issuer !== undefined) words.push(bytes32(issuer))
  return cut(hashLabelled('pennypost/scope/v1', words))
}

/** Names an issuer in hashes: keccak256 of the coordinates (32 bytes each, big-endian) of its key. */
export function issuerNameOf({ x, y }: { readonly x: Uint8Array; readonly y: Uint8Array }): Uint8Array {
  return keccak256Kept(concatBytes(bytes32(x), bytes32(y)))
}

/** The tag scope of a first contact: one pseudonym of the sender toward one recipient. */
export function tagScopeOf(networkId: Uint8Array, recipient: Uint8Array): bigint {
  return cut(hashLabelled('pennypost/tag/v1', [bytes32(networkId), recipient]))
}

const hashLabelled = (label: string, words: readonly Word[]) => keccak256(encodeLabelled(label, words))
const cut = (hash: Uint8Array) => fromBytes(hash) >> 8n

function bytes32(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 32) throw new RangeError(`Expected 32 bytes, not ${bytes.length}.`)
  return bytes
}
