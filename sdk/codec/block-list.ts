import type { MessageInitShape } from '@bufbuild/protobuf'
import { encodeLabelled, fromBytes } from '../crypto/abi.ts'
import { concatBytes, utf8 } from '../crypto/bytes.ts'
import { keccak256 } from '../crypto/hash.ts'
import {
  type BlockList,
  BlockListSchema,
  type SignedBlockList,
  SignedBlockListSchema,
} from '../generated/proto/pennypost/v1/blocks_pb.ts'
import { requireLength } from './message.ts'
import { decodeProto, encodeProto } from './protobuf.ts'

export type { BlockList, SignedBlockList }

/** Bounds of a list of blocks; the number of its entries is a power of two between them. */
export const blockListLimits = { least: 16, most: 4096, entryLength: 16 } as const

const kinds = {
  tag: { number: 1n, length: 32 },
  wallet: { number: 2n, length: 20 },
  connection: { number: 3n, length: 16 },
}

/** What can be blocked: a sender's pseudonym, a wallet, the serial of a connection. */
export type BlockKind = keyof typeof kinds

/** One thing that is blocked: 32 bytes of a tag, 20 of a wallet, 16 of a connection's serial. */
export type Block = { readonly kind: BlockKind; readonly value: Uint8Array }

/** Bytes of a value of each kind. */
export const blockLength = (kind: BlockKind): number => kinds[kind].length

/** What a block looks like in a list: 16 bytes that say nothing without the list's salt. */
export function blockEntryOf(
  { networkId, owner, salt }: Pick<BlockList, 'networkId' | 'owner' | 'salt'>,
  { kind, value }: Block,
): Uint8Array {
  const { number, length } = kinds[kind]
  requireLength(`a blocked ${kind}`, value, length)
  const words = [networkId, owner, salt, number, fromBytes(value)]
  return keccak256(encodeLabelled('pennypost/block/v1', words)).slice(0, blockListLimits.entryLength)
}

/** The part of a list of blocks that its owner signs. */
export const encodeBlockList = (list: MessageInitShape<typeof BlockListSchema>): Uint8Array =>
  encodeProto(BlockListSchema, list)

/** Decodes a list of blocks. Checks shapes only. */
export const decodeBlockList = (bytes: Uint8Array): BlockList => decodeProto(BlockListSchema, bytes)

/** What an account publishes on its blocks topic. */
export const encodeSignedBlockList = (signed: MessageInitShape<typeof SignedBlockListSchema>): Uint8Array =>
  encodeProto(SignedBlockListSchema, signed)

export const decodeSignedBlockList = (bytes: Uint8Array): SignedBlockList => decodeProto(SignedBlockListSchema, bytes)

/** What the owner's identity key signs, hashed with keccak256. */
export const blockListStatement = (list: Uint8Array): Uint8Array => concatBytes(utf8('pennypost/blocks/v1'), list)
