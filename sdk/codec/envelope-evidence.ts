import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  type ConditionMet,
  type EnvelopeEvidence,
  EnvelopeEvidenceSchema,
  type LaneEvidence,
  LaneEvidenceSchema,
} from '../generated/proto/pennypost/v1/lane_pb.ts'
import { decodeProto, encodeProto } from './protobuf.ts'

export type { ConditionMet, EnvelopeEvidence, LaneEvidence }

/** Encodes a lane with what has opened it. */
export const encodeLaneEvidence = (lane: MessageInitShape<typeof LaneEvidenceSchema>): Uint8Array =>
  encodeProto(LaneEvidenceSchema, lane)

/** Decodes a lane with what has opened it. Checks shapes only. */
export const decodeLaneEvidence = (bytes: Uint8Array): LaneEvidence => decodeProto(LaneEvidenceSchema, bytes)

/** Encodes what a node hands to the account that an envelope was for. */
export const encodeEnvelopeEvidence = (paid: MessageInitShape<typeof EnvelopeEvidenceSchema>): Uint8Array =>
  encodeProto(EnvelopeEvidenceSchema, paid)

/** Decodes what a node hands to the account that an envelope was for. Checks shapes only. */
export const decodeEnvelopeEvidence = (bytes: Uint8Array): EnvelopeEvidence =>
  decodeProto(EnvelopeEvidenceSchema, bytes)
