import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  type PaidEnvelope,
  PaidEnvelopeSchema,
  type PaidLane,
  PaidLaneSchema,
} from '../generated/proto/pennypost/v1/lane_pb.ts'
import { decodeProto, encodeProto } from './protobuf.ts'

export type { PaidEnvelope, PaidLane }

/** Encodes a lane that payments have opened, with their openings. */
export const encodePaidLane = (lane: MessageInitShape<typeof PaidLaneSchema>): Uint8Array =>
  encodeProto(PaidLaneSchema, lane)

/** Decodes a lane that payments have opened. Checks shapes only. */
export const decodePaidLane = (bytes: Uint8Array): PaidLane => decodeProto(PaidLaneSchema, bytes)

/** Encodes what a node hands to the account that an envelope was for. */
export const encodePaidEnvelope = (paid: MessageInitShape<typeof PaidEnvelopeSchema>): Uint8Array =>
  encodeProto(PaidEnvelopeSchema, paid)

/** Decodes what a node hands to the account that an envelope was for. Checks shapes only. */
export const decodePaidEnvelope = (bytes: Uint8Array): PaidEnvelope => decodeProto(PaidEnvelopeSchema, bytes)
