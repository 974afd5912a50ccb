import type { MessageInitShape } from '@bufbuild/protobuf'
import { concatBytes, utf8 } from '../crypto/bytes.ts'
import {
  type PolicyDocument,
  PolicyDocumentSchema,
  type SignedPolicy,
  SignedPolicySchema,
} from '../generated/proto/pennypost/v1/policy_pb.ts'
import { decodeProto, encodeProto } from './protobuf.ts'

export type { PolicyDocument, SignedPolicy }

/** The part of a policy that its owner signs, from plain fields. */
export const encodePolicyFields = (document: MessageInitShape<typeof PolicyDocumentSchema>): Uint8Array =>
  encodeProto(PolicyDocumentSchema, document)

/** What an account publishes on its policy topic. */
export const encodeSignedPolicy = (signed: MessageInitShape<typeof SignedPolicySchema>): Uint8Array =>
  encodeProto(SignedPolicySchema, signed)

export const decodeSignedPolicy = (bytes: Uint8Array): SignedPolicy => decodeProto(SignedPolicySchema, bytes)

/** What the owner's identity key signs, hashed with keccak256. */
export const policyStatement = (document: Uint8Array): Uint8Array => concatBytes(utf8('pennypost/policy/v1'), document)
