import type { MessageInitShape } from '@bufbuild/protobuf'
import { type LogPage, LogPageSchema } from '../generated/proto/pennypost/v1/log_pb.ts'
import { requireLength } from './message.ts'
import { decodeProto, encodeProto } from './protobuf.ts'

export type { LogPage }

/** A page of an account's own log, from plain fields. */
export type LogPageInit = MessageInitShape<typeof LogPageSchema>

/** Encodes a page of an account's own log. */
export const encodeLogPage = (page: LogPageInit): Uint8Array => encodeProto(LogPageSchema, page)

/** Decodes a page of an account's own log; throws a typed error if a field has no sense. */
export function decodeLogPage(bytes: Uint8Array): LogPage {
  const page = decodeProto(LogPageSchema, bytes)
  requireLength('the writer of a page', page.writer, 16)
  for (const head of page.heads) requireLength('a head', head, 32)
  return page
}
