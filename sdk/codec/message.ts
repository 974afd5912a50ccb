import { BaseError } from '../errors.ts'
import { ProtobufMalformedError } from './protobuf.ts'

/** Throws {@link FieldLengthError} unless a field holds exactly as many bytes as it must. */
export function requireLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new FieldLengthError(`Expected ${length} bytes of ${name}, found ${bytes.length}.`)
}

/** Whether an error says that bytes are no message of the expected type, or that a field has the wrong length. */
export const isMalformed = (error: unknown): boolean =>
  error instanceof ProtobufMalformedError || error instanceof FieldLengthError

/** A field of a protobuf message with too few or too many bytes. */
export class FieldLengthError extends BaseError {
  override readonly code = 'field.length'
}
