import { fromBytes } from '../crypto/abi.ts'
import { AeadRefusedError, aeadNonceLength, openAead, sealAead } from '../crypto/aead.ts'
import { concatBytes, type RandomBytes, toBytes8, toHex, utf8 } from '../crypto/bytes.ts'
import { keccak256 } from '../crypto/hash.ts'
import { hkdfSha256 } from '../crypto/hkdf.ts'
import { signDigest } from '../crypto/secp256k1.ts'
import { BaseError } from '../errors.ts'
import {
  type Block,
  type BlockKind,
  type BlockList,
  blockEntryOf,
  blockLength,
  blockListLimits,
  blockListStatement,
  encodeBlockList,
  encodeSignedBlockList,
} from './block-list.ts'
import { type SignedPublicKey, writeLegacyKey, writeSignature } from './public-key.ts'

/**
 * A block as its owner keeps it. Of one that is due only the owner's clients know: what is to come is not checked by the node
 * yet, and what is to go still is.
 */
export type OwnBlock = Block & {
  readonly due?: 'come' | 'go' | undefined
  /** Of a wallet: how often the account had allowed it before. Only what it says later takes the block back. */
  readonly allowedBefore?: number | undefined
  /**
   * Of a wallet: who blocks it, as bits. Bit 0 is the account's own word, bit n the shared list in slot n. Absent: the account's
   * own word alone.
   */
  readonly sources?: number | undefined
}

/** A shared list that the account follows: its owner's address of 20 bytes, the version it was copied at, and its slot, 1 to 15. */
export type FollowedList = { readonly owner: Uint8Array; readonly version: bigint; readonly slot: number }

/** What a list of blocks is made of. */
export type BlockListFields = Pick<BlockList, 'networkId' | 'owner' | 'version'> &
  Omit<OwnCopy, 'lists'> & { readonly lists?: OwnCopy['lists'] | undefined }

/** What only the owner's clients have: the identity key's private half, and randomness. */
export type BlockListKeys = { readonly secret: Uint8Array; readonly random: RandomBytes }

/** A list of blocks from plain fields. */
export type BlockListInit = Omit<BlockList, '$typeName' | '$unknown'>

/** Values of one kind: a change of a list is about one kind, so that it ties no pseudonym to a wallet. */
export type BlockChange = { readonly kind: BlockKind; readonly values: readonly Uint8Array[] }

/**
 * Makes a list of blocks. Salt, padding and order are others each time, so that two versions of a list have nothing in
 * common for those who do not know what to look for.
 */
export function createBlockList(
  { blocks, lists = [], published, ...fields }: BlockListFields,
  { secret, random }: BlockListKeys,
): BlockListInit {
  const count = paddedCount(blocks.length + lists.length + (published ? 1 : 0))
  const list = { ...fields, salt: random(32) }
  const { entryLength } = blockListLimits
  const real = blocks.filter(({ due }) => due !== 'come').map((block) => blockEntryOf(list, block))
  const padding = random((count - real.length) * entryLength)
  const entries = [...real, ...cut(padding, entryLength)].sort(compareBytes)
  const nonce = random(aeadNonceLength)
  const key = ownKeyOf(secret, list.salt)
  const ownCopy = concatBytes(nonce, sealAead(packOwn({ blocks, lists, published }, count), { key, nonce }))
  return { ...list, entries: concatBytes(...entries), ownCopy }
}

/** What only the owner's clients read of a list. */
export type OwnCopy = {
  /** The blocks, those included that are due. */
  readonly blocks: readonly OwnBlock[]
  /** The shared lists that the account follows. */
  readonly lists: readonly FollowedList[]
  /** The version of its own shared list that it has published last; absent where it has published none. */
  readonly published?: bigint | undefined
}

/** The owner's copy in the order in which things were added to it. Throws {@link BlocksMalformedError}. */
export function readOwnCopy({ salt, ownCopy }: Pick<BlockList, 'salt' | 'ownCopy'>, secret: Uint8Array): OwnCopy {
  const [nonce, ciphertext] = [ownCopy.subarray(0, aeadNonceLength), ownCopy.subarray(aeadNonceLength)]
  try {
    return unpackOwn(openAead(ciphertext, { key: ownKeyOf(secret, salt), nonce }))
  } catch (cause) {
    if (cause instanceof AeadRefusedError)
      throw new BlocksMalformedError('The list belongs to another account.', { cause })
    throw cause
  }
}

/** The blocks and those of a change, each once; none of these is due any more. */
export function addBlocks(blocks: readonly OwnBlock[], { kind, values }: BlockChange): OwnBlock[] {
  const added = values.map((value): OwnBlock => ({ kind, value }))
  return [...new Map([...blocks, ...added].map((block) => [blockName(block), block])).values()]
}

/** A list of blocks as its owner publishes it. */
export function signBlockList(list: BlockListInit, identity: { key: SignedPublicKey; secret: Uint8Array }): Uint8Array {
  const bytes = encodeBlockList(list)
  const signature = signDigest(keccak256(blockListStatement(bytes)), identity.secret)
  return encodeSignedBlockList({
    list: bytes,
    identityKey: writeLegacyKey(identity.key),
    signature: writeSignature({ ...signature, signer: 'key' }),
  })
}

/** What a block is told from others by. */
export const blockName = ({ kind, value }: Block): string => `${kind} ${toHex(value)}`

/** The power of two that hides how many blocks there are. */
function paddedCount(count: number): number {
  const { least, most } = blockListLimits
  if (count > most) throw new BlocksTooManyError(`An account has at most ${most} blocks, not ${count}.`)
  return Math.max(least, 2 ** Math.ceil(Math.log2(Math.max(1, count))))
}

const ownKeyOf = (secret: Uint8Array, salt: Uint8Array): Uint8Array =>
  hkdfSha256(secret, { salt, info: utf8('pennypost/own-blocks/v1') })

/**
 * One byte of what it is, and 32 of the value, zeros after it; nothing is 0. Of a wallet's, the last four hold two numbers. A
 * shared list has its owner's address, its slot and its version; the account's own has its version alone.
 */
const packedLength = 33
const mostAllowed = 0xffff
const packedKinds: readonly BlockKind[] = ['tag', 'wallet', 'connection']
const packedForms = [undefined, 'come', 'go'].flatMap((due) =>
  packedKinds.map((kind) => ({ kind, due }) as Pick<OwnBlock, 'kind' | 'due'>),
)
const packedList = packedForms.length + 1
const packedPublished = packedList + 1

function packOwn({ blocks, lists, published }: OwnCopy, count: number): Uint8Array {
  const out = new Uint8Array(count * packedLength)
  const own = published ? [Uint8Array.of(packedPublished, ...toBytes8(published))] : []
  const all = [...blocks.map(packBlock), ...lists.map(packList), ...own]
  for (const [i, packed] of all.entries()) out.set(packed, i * packedLength)
  return out
}

function packBlock({ kind, due, value, allowedBefore = 0, sources = 0 }: OwnBlock): Uint8Array {
  const number = packedForms.findIndex((form) => form.kind === kind && form.due === due) + 1
  const packed = Uint8Array.of(number, ...value, ...new Uint8Array(packedLength - 1 - value.length))
  if (kind === 'wallet') packed.set([...toBytes2(sources), ...toBytes2(Math.min(allowedBefore, mostAllowed))], 29)
  return packed
}

const packList = ({ owner, slot, version }: FollowedList): Uint8Array =>
  concatBytes(Uint8Array.of(packedList), owner, Uint8Array.of(slot), toBytes8(version))

function unpackOwn(packed: Uint8Array): OwnCopy {
  const all = cut(packed, packedLength)
  const own = all.find(([number]) => number === packedPublished)
  return {
    blocks: all.flatMap(unpackBlock),
    lists: all.flatMap(unpackList),
    ...(own && { published: fromBytes(own.subarray(1, 9)) }),
  }
}

function unpackBlock([number = 0, ...bytes]: Uint8Array): OwnBlock[] {
  const form = packedForms[number - 1]
  if (!form) return []
  const { kind, due } = form
  const value = Uint8Array.from(bytes.slice(0, blockLength(kind)))
  if (kind !== 'wallet') return [{ kind, value, due }]
  const [sources, allowedBefore] = [fromBytes2(bytes.slice(-4)), fromBytes2(bytes.slice(-2))]
  return [{ kind, value, due, allowedBefore: allowedBefore || undefined, sources: sources || undefined }]
}

function unpackList(packed: Uint8Array): FollowedList[] {
  const [number, slot = 0] = [packed[0], packed[21]]
  if (number !== packedList) return []
  return [{ owner: packed.slice(1, 21), slot, version: fromBytes(packed.subarray(22, 30)) }]
}

const toBytes2 = (number: number): number[] => [number >> 8, number & 0xff]
const fromBytes2 = ([high = 0, low = 0]: readonly number[]): number => high * 256 + low

const cut = (bytes: Uint8Array, length: number): Uint8Array[] =>
  Array.from({ length: Math.floor(bytes.length / length) }, (_, i) => bytes.slice(i * length, (i + 1) * length))

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}

/** A list of blocks that does not open. */
export class BlocksMalformedError extends BaseError {
  override readonly code = 'blocks.malformed'
}

/** More blocks than a list holds. */
export class BlocksTooManyError extends BaseError {
  override readonly code = 'blocks.too-many'
}
