import { TooManyPartsError } from '@pennypost/sdk/codec'
import { BodyMalformedError } from '../../plugins/json.ts'

/** No message of ours is nested as deep. */
const mostDepth = 16

const [quote, backslash] = [0x22, 0x5c]
/** By byte, outside of texts: whether a part follows, and how it changes the depth. */
const partsOf = tableOf({ ',': 1, ':': 1, '[': 1, '{': 1 })
const stepOf = tableOf({ '[': 1, '{': 1, ']': -1, '}': -1 })

/** Refuses JSON that falls into too many parts or is nested too deep, in one pass over its bytes that keeps nothing. */
export function checkJsonParts(bytes: Uint8Array, most: number): void {
  let parts = 0
  let depth = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === quote) at = endOfText(bytes, at)
    parts += partsOf[byte] as number
    depth += stepOf[byte] as number
    if (parts > most) throw new TooManyPartsError(most)
    if (depth > mostDepth) throw new BodyMalformedError('The JSON is nested too deep.')
  }
}

/** Where the text ends that starts at a quotation mark. */
function endOfText(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1
  return at
}

function tableOf(values: Readonly<Record<string, number>>): Int8Array {
  const table = new Int8Array(256)
  for (const [character, value] of Object.entries(values)) table[character.charCodeAt(0)] = value
  return table
}
