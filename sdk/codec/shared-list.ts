import type { MessageInitShape } from '@bufbuild/protobuf'
import { concatBytes, toHex, utf8 } from '../crypto/bytes.ts'
import { keccak256 } from '../crypto/hash.ts'
import { signDigest } from '../crypto/secp256k1.ts'
import { BaseError } from '../errors.ts'
import {
  type SharedList,
  SharedListSchema,
  type SignedSharedList,
  SignedSharedListSchema,
} from '../generated/proto/pennypost/v1/blocks_pb.ts'
import { decodeProto, encodeProto } from './protobuf.ts'
import { type SignedPublicKey, writeLegacyKey, writeSignature } from './public-key.ts'

export type { SharedList }

/** Bounds of a shared list: how many accounts it names, and how many bytes an address has. */
export const sharedListLimits = { most: 1024, accountLength: 20 } as const

/** What a shared list is made of: network and owner, a version from 1, and addresses of 20 bytes in any order. */
export type SharedListFields = Pick<SharedList, 'networkId' | 'owner' | 'version'> & {
  readonly accounts: readonly Uint8Array[]
}

/**
 * A shared list as its owner publishes it, each account once. Throws {@link SharedListTooLongError} above
 * `sharedListLimits.most` accounts.
 */
export function signSharedList(
  { accounts, ...fields }: SharedListFields,
  identity: { readonly key: SignedPublicKey; readonly secret: Uint8Array },
): Uint8Array {
  const sorted = [...new Map(accounts.map((account) => [toHex(account), account]))].sort(([a], [b]) => (a < b ? -1 : 1))
  if (sorted.length > sharedListLimits.most)
    throw new SharedListTooLongError(
      `A shared list has at most ${sharedListLimits.most} accounts, not ${sorted.length}.`,
    )
  const list = encodeSharedList({ ...fields, accounts: concatBytes(...sorted.map(([, account]) => account)) })
  const signature = signDigest(keccak256(sharedListStatement(list)), identity.secret)
  return encodeSignedSharedList({
    list,
    identityKey: writeLegacyKey(identity.key),
    signature: writeSignature({ ...signature, signer: 'key' }),
  })
}

/** The part of a shared list that its owner signs. */
export const encodeSharedList = (list: MessageInitShape<typeof SharedListSchema>): Uint8Array =>
  encodeProto(SharedListSchema, list)

/** Decodes a shared list. Checks shapes only. */
export const decodeSharedList = (bytes: Uint8Array): SharedList => decodeProto(SharedListSchema, bytes)

/** What an account publishes on its sharedlist topic. */
export const encodeSignedSharedList = (signed: MessageInitShape<typeof SignedSharedListSchema>): Uint8Array =>
  encodeProto(SignedSharedListSchema, signed)

export const decodeSignedSharedList = (bytes: Uint8Array): SignedSharedList =>
  decodeProto(SignedSharedListSchema, bytes)

/** What the owner's identity key signs, hashed with keccak256. */
export const sharedListStatement = (list: Uint8Array): Uint8Array => concatBytes(utf8('pennypost/shared-list/v1'), list)

/** More accounts than a shared list holds. */
export class SharedListTooLongError extends BaseError {
  override readonly code = 'shared-list.too-long'
}
