import type { MessageInitShape } from '@bufbuild/protobuf'
import { concatBytes, toBytes4, toBytes8, utf8 } from '../crypto/bytes.ts'
import {
  type Claim,
  type Connection,
  ConnectionSchema,
  type Credential,
  type Evidence,
  type Holding,
  type IssuerCertificate,
  type Ticket,
} from '../generated/proto/pennypost/v1/evidence_pb.ts'
import {
  type CloseRequest,
  CloseRequestSchema,
  type Grant,
  GrantSchema,
  type LaneEnvelope,
  type LaneRequest,
  LaneRequestSchema,
  type PublishRequest,
  PublishRequestSchema,
  type PublishResponse,
  PublishResponseSchema,
  type Receipt,
  type Renewal,
  type SignedGrant,
  SignedGrantSchema,
} from '../generated/proto/pennypost/v1/lane_pb.ts'
import { decodeProto, encodeProto } from './protobuf.ts'

export {
  type ConnectionStatement,
  connectionStatement,
  decodeConnectionStatement,
  encodeConnectionStatement,
} from './connection.ts'
export type {
  Claim,
  CloseRequest,
  Connection,
  Credential,
  Evidence,
  Grant,
  Holding,
  IssuerCertificate,
  LaneEnvelope,
  LaneRequest,
  PublishRequest,
  PublishResponse,
  Receipt,
  Renewal,
  SignedGrant,
  Ticket,
}

/** Encodes what a client asks a node to open. */
export const encodeLaneRequest = (request: MessageInitShape<typeof LaneRequestSchema>): Uint8Array =>
  encodeProto(LaneRequestSchema, request)

export const decodeLaneRequest = (bytes: Uint8Array, mostParts?: number): LaneRequest =>
  decodeProto(LaneRequestSchema, bytes, mostParts)

/** Encodes the part of a grant that the node signs. */
export const encodeGrant = (grant: MessageInitShape<typeof GrantSchema>): Uint8Array => encodeProto(GrantSchema, grant)

export const decodeGrant = (bytes: Uint8Array): Grant => decodeProto(GrantSchema, bytes)

export const encodeSignedGrant = (signed: MessageInitShape<typeof SignedGrantSchema>): Uint8Array =>
  encodeProto(SignedGrantSchema, signed)

export const decodeSignedGrant = (bytes: Uint8Array): SignedGrant => decodeProto(SignedGrantSchema, bytes)

export const encodePublishRequest = (request: MessageInitShape<typeof PublishRequestSchema>): Uint8Array =>
  encodeProto(PublishRequestSchema, request)

export const decodePublishRequest = (bytes: Uint8Array, mostParts?: number): PublishRequest =>
  decodeProto(PublishRequestSchema, bytes, mostParts)

export const encodePublishResponse = (response: MessageInitShape<typeof PublishResponseSchema>): Uint8Array =>
  encodeProto(PublishResponseSchema, response)

export const decodePublishResponse = (bytes: Uint8Array): PublishResponse => decodeProto(PublishResponseSchema, bytes)

export const encodeCloseRequest = (request: MessageInitShape<typeof CloseRequestSchema>): Uint8Array =>
  encodeProto(CloseRequestSchema, request)

export const decodeCloseRequest = (bytes: Uint8Array, mostParts?: number): CloseRequest =>
  decodeProto(CloseRequestSchema, bytes, mostParts)

/** Encodes a connection, as a recipient hands it to a sender. */
export const encodeConnection = (connection: MessageInitShape<typeof ConnectionSchema>): Uint8Array =>
  encodeProto(ConnectionSchema, connection)

export const decodeConnection = (bytes: Uint8Array): Connection => decodeProto(ConnectionSchema, bytes)

/** What a lane's holder signs for each envelope. */
export function envelopeStatement(
  use: Uint8Array,
  envelope: { counter: number; timestampNs: bigint; digest: Uint8Array },
) {
  const { counter, timestampNs, digest } = envelope
  return concatBytes(utf8('pennypost/envelope/v1'), use, toBytes4(counter), toBytes8(timestampNs), digest)
}

/** What a lane's holder signs to open another lane on the same topic. */
export const renewalStatement = (use: Uint8Array): Uint8Array => concatBytes(utf8('pennypost/renewal/v1'), use)

/** What a lane's holder signs to close the topic: the network's id and keccak256 of the topic. */
export const closeStatement = (networkId: Uint8Array, topicHash: Uint8Array): Uint8Array =>
  concatBytes(utf8('pennypost/close/v1'), networkId, topicHash)

/** What a node signs over a grant. */
export const grantStatement = (grant: Uint8Array): Uint8Array => concatBytes(utf8('pennypost/grant/v1'), grant)

/** What a node signs over a stored envelope. */
export const receiptStatement = (digest: Uint8Array, sequence: bigint): Uint8Array =>
  concatBytes(utf8('pennypost/receipt/v1'), digest, toBytes8(sequence))

/**
 * What a node signs of nullifiers (32 bytes each) that it has not taken, and will not take while the checkpoint of that
 * number or a later one makes another node their home.
 */
export const unusedStatement = (
  networkId: Uint8Array,
  sequence: bigint,
  nullifiers: readonly Uint8Array[],
): Uint8Array => concatBytes(utf8('pennypost/unused/v1'), networkId, toBytes8(sequence), ...nullifiers)
