import { type DescMessage, fromJson, type JsonValue, type MessageShape, toJson } from '@bufbuild/protobuf'
import {
  type CloseRequest,
  CloseRequestSchema,
  type LaneRequest,
  LaneRequestSchema,
  SignedGrantSchema,
} from '../generated/proto/pennypost/v1/lane_pb.ts'
import { decodeProto, ProtobufMalformedError } from './protobuf.ts'

/** The proto3 JSON forms of what a lane is opened and closed with. Unknown fields are ignored. */
export const laneRequestFromJson = (json: unknown): LaneRequest => readJson(LaneRequestSchema, json)

export const closeRequestFromJson = (json: unknown): CloseRequest => readJson(CloseRequestSchema, json)

/** The JSON form of an encoded SignedGrant. */
export const signedGrantToJson = (bytes: Uint8Array): JsonValue =>
  toJson(SignedGrantSchema, decodeProto(SignedGrantSchema, bytes))

function readJson<Desc extends DescMessage>(schema: Desc, json: unknown): MessageShape<Desc> {
  try {
    return fromJson(schema, json as JsonValue, { ignoreUnknownFields: true })
  } catch (cause) {
    throw new ProtobufMalformedError(`Expected the JSON of a ${schema.name}.`, { cause })
  }
}
