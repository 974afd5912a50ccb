import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  type ConnectionHeld,
  ConnectionHeldSchema,
  type Letter,
  LetterSchema,
  type LogEntry,
  LogEntrySchema,
  type MessageBlock,
  type ReplyLane,
  type StampBook,
} from '../generated/proto/pennypost/v1/letter_pb.ts'
import { decodeProto, encodeProto } from './protobuf.ts'

export type { ConnectionHeld, Letter, LogEntry, MessageBlock, ReplyLane, StampBook }

/** A letter's plaintext, from plain fields. */
export type LetterInit = MessageInitShape<typeof LetterSchema>

/** An entry of an account's own log, from plain fields. */
export type LogEntryInit = Exclude<MessageInitShape<typeof LogEntrySchema>['kind'], undefined>

/** A lane with its key, from plain fields. */
export type ReplyLaneInit = { topic: string; key: Uint8Array; units: number; expiresAt: bigint }

/** Encodes the plaintext of a letter. */
export const encodeLetter = (letter: LetterInit): Uint8Array => encodeProto(LetterSchema, letter)

/** Decodes the plaintext of a letter. Checks shapes only. */
export const decodeLetter = (bytes: Uint8Array): Letter => decodeProto(LetterSchema, bytes)

/** Encodes an entry of an account's own log. */
export const encodeLogEntry = (kind: LogEntryInit): Uint8Array => encodeProto(LogEntrySchema, { kind })

/** Decodes an entry of an account's own log. */
export const decodeLogEntry = (bytes: Uint8Array): LogEntry => decodeProto(LogEntrySchema, bytes)

/** Encodes a connection with the key of its holder: what its recipient gets. */
export const encodeConnectionHeld = (held: MessageInitShape<typeof ConnectionHeldSchema>): Uint8Array =>
  encodeProto(ConnectionHeldSchema, held)

/** Decodes a connection with the key of its holder. */
export const decodeConnectionHeld = (bytes: Uint8Array): ConnectionHeld => decodeProto(ConnectionHeldSchema, bytes)
