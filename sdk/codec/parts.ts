import type { DescField, DescMessage } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { BaseError } from '../errors.ts'

/**
 * Counts what decoding would make of a message, before anything is decoded: its fields and those of the messages in it, known
 * or not, and the bytes of packed numbers. Goes no further than `most`; throws where the bytes are no message.
 */
export function countParts(schema: DescMessage, bytes: Uint8Array, most: number): number {
  const reader = new BinaryReader(bytes)
  let parts = 0

  function walk(message: DescMessage, end: number): void {
    while (reader.pos < end && parts <= most) {
      const [number, wireType] = reader.tag()
      parts++
      if (wireType === WireType.LengthDelimited) enter(fieldOf(message, number), end)
      else skip(wireType)
    }
  }

  function enter(field: DescField | undefined, end: number): void {
    const stop = reader.uint32() + reader.pos
    if (stop > end) throw new RangeError('A field is longer than its message.')
    if (field?.message) walk(field.message, stop)
    else if (isPackable(field)) parts += stop - reader.pos
    reader.pos = stop
  }

  function skip(wireType: WireType): void {
    if (wireType === WireType.StartGroup) throw new RangeError('There are no groups.') // which could be nested for ever
    reader.skip(wireType)
  }

  walk(schema, bytes.length)
  return parts
}

const fieldOf = ({ fields }: DescMessage, number: number) => fields.find((field) => field.number === number)

const isPackable = (field: DescField | undefined): boolean => field?.fieldKind === 'list' && field.packed

/** A body whose parts are more than the largest honest one has. */
export class TooManyPartsError extends BaseError {
  override readonly code = 'body.too-large'

  constructor(most: number) {
    super(`The body has more than ${most} parts.`)
  }
}
