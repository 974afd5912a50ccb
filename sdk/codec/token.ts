import {
  type Address,
  BytesMalformedError,
  fromBase64,
  keccak256,
  SignatureInvalidError,
  signDigest,
  toBase64,
  verifyDigest,
} from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { AuthDataSchema, TokenSchema } from '../generated/proto/xmtp/message_api/v1/authn_pb.ts'
import { recoverWallet } from './identity-text.ts'
import { decodeProto, encodeProto, ProtobufMalformedError } from './protobuf.ts'
import {
  KeyEncodingError,
  readLegacyKey,
  readSignature,
  type SignedPublicKey,
  writeLegacyKey,
  writeSignature,
} from './public-key.ts'

/** How long a token lives, in nanoseconds: one hour, as XMTP V2 nodes have it. */
export const tokenLifetimeNs = 3_600_000_000_000n

/** How far in the future a token may have been made, in nanoseconds: an hour, since clients whose clocks differ by more do not log in. */
const tokenSkewNs = 3_600_000_000_000n

/** What a verified token proves: whose it is, and when it was made. */
export type TokenHolder = { address: Address; createdNs: bigint }

/** What a token is made from: the account, its identity key with the private half, and the time. */
export type TokenInit = { address: Address; identityKey: SignedPublicKey; privateKey: Uint8Array; createdNs: bigint }

/** A bearer token of XMTP V2 (base64): the identity key, as its wallet signed it, signs the account and the time. */
export function encodeToken({ address, identityKey, privateKey, createdNs }: TokenInit): string {
  const authDataBytes = encodeProto(AuthDataSchema, { walletAddr: address, createdNs })
  const signature = signDigest(keccak256(authDataBytes), privateKey)
  return toBase64(
    encodeProto(TokenSchema, {
      identityKey: writeLegacyKey(identityKey),
      authDataBytes,
      authDataSignature: writeSignature({ ...signature, signer: 'key' }),
    }),
  )
}

/**
 * Verifies a bearer token at a time in unix seconds. The wallet's signature may carry either tag, the token's own only
 * the tag of a key. A client's clock may be fast by an hour; a token of a later time would be good for as long as its maker likes.
 */
export function verifyToken(base64: string, now: number): TokenHolder {
  const { identityKey, authDataBytes, signature } = decodeToken(base64)
  const { walletAddr, createdNs } = decodeAuthData(authDataBytes)
  const age = BigInt(Math.floor(now * 1000)) * 1_000_000n - createdNs
  if (age > tokenLifetimeNs)
    throw new TokenExpiredError('The token is older than an hour.', { hint: 'Make a new one.' })
  if (age < -tokenSkewNs) {
    throw new TokenFromFutureError('The token is from the future.', { hint: 'Set the clock, and make a new one.' })
  }
  if (signature.signer !== 'key' || !verifyDigest(signature.bytes, keccak256(authDataBytes), identityKey.publicKey)) {
    throw new TokenInvalidError('The identity key did not sign the token.')
  }
  const address = recoverTokenWallet(identityKey)
  if (address !== walletAddr) throw new TokenInvalidError('The identity key belongs to another account.')
  return { address, createdNs }
}

function decodeToken(base64: string) {
  return asMalformed(() => {
    const token = decodeProto(TokenSchema, fromBase64(base64))
    const identityKey = readLegacyKey(token.identityKey, 'wallet')
    return { identityKey, authDataBytes: token.authDataBytes, signature: readSignature(token.authDataSignature) }
  })
}

function decodeAuthData(bytes: Uint8Array) {
  return asMalformed(() => decodeProto(AuthDataSchema, bytes))
}

function recoverTokenWallet(identityKey: SignedPublicKey): Address {
  try {
    return recoverWallet(identityKey)
  } catch (cause) {
    if (cause instanceof SignatureInvalidError)
      throw new TokenInvalidError('No wallet signed the identity key.', { cause })
    throw cause
  }
}

function asMalformed<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const isEncoding =
      cause instanceof BytesMalformedError ||
      cause instanceof ProtobufMalformedError ||
      cause instanceof KeyEncodingError
    if (isEncoding) throw new TokenMalformedError('Expected a base64 token.', { cause })
    throw cause
  }
}

/** A bearer token that cannot be read. */
export class TokenMalformedError extends BaseError {
  override readonly code = 'token.malformed'
}

/** A bearer token whose signatures do not prove its account. */
export class TokenInvalidError extends BaseError {
  override readonly code = 'token.invalid'
}

/** A bearer token that is made later than now, by more than clocks may differ. */
export class TokenFromFutureError extends BaseError {
  override readonly code = 'token.from-future'
}

/** A bearer token that is too old. */
export class TokenExpiredError extends BaseError {
  override readonly code = 'token.expired'
}
