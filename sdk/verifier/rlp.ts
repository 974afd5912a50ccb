import { concatBytes } from '../crypto/index.ts'

/** What RLP encodes: bytes, or a list. */
export type Rlp = Uint8Array | readonly Rlp[]

/**
 * Decodes RLP (Ethereum's yellow paper, appendix B): one item and nothing after it, each length in its shortest form. Undefined for
 * anything else, and for lists that nest deeper than what a trie's nodes and a block's header do.
 */
export function decodeRlp(bytes: Uint8Array): Rlp | undefined {
  const item = readItem(bytes, 0, 0)
  return item?.end === bytes.length ? item.value : undefined
}

/** Encodes bytes or a list, the other way round. */
export function encodeRlp(item: Rlp): Uint8Array {
  const isList = !(item instanceof Uint8Array)
  if (!isList && item.length === 1 && (item[0] ?? 0) < shortText) return item
  const content = isList ? concatBytes(...item.map(encodeRlp)) : item
  const base = isList ? shortList : shortText
  if (content.length <= shortest) return concatBytes(Uint8Array.of(base + content.length), content)
  const length = bytesOf(content.length)
  return concatBytes(Uint8Array.of(base + shortest + length.length), length, content)
}

/** A number's bytes, without leading zeros. */
const bytesOf = (value: number): Uint8Array =>
  value === 0 ? new Uint8Array() : concatBytes(bytesOf(Math.floor(value / 256)), Uint8Array.of(value % 256))

/** An item, and where it ends. */
type Item = { readonly value: Rlp; readonly end: number }

/** Where the content of an item begins and ends, and whether it is a list. */
type Head = { readonly start: number; readonly end: number; readonly isList: boolean }

const deepest = 4

function readItem(bytes: Uint8Array, at: number, depth: number): Item | undefined {
  const head = readHead(bytes, at)
  if (!head || head.end > bytes.length || depth > deepest) return undefined
  const { start, end, isList } = head
  if (!isList) return { value: bytes.subarray(start, end), end }
  const items: Rlp[] = []
  for (let place = start; place < end; ) {
    const item = readItem(bytes.subarray(0, end), place, depth + 1)
    if (!item) return undefined
    items.push(item.value)
    place = item.end
  }
  return { value: items, end }
}

const [shortText, longText, shortList, longList] = [0x80, 0xb7, 0xc0, 0xf7] as const
/** Longer ones have a length of their own. */
const shortest = 55

function readHead(bytes: Uint8Array, at: number): Head | undefined {
  const first = bytes[at]
  if (first === undefined) return undefined
  if (first < shortText) return { start: at, end: at + 1, isList: false }
  const isList = first >= shortList
  const base = isList ? shortList : shortText
  if (first > (isList ? longList : longText)) return readLongHead(bytes, at, { first, isList })
  const [start, end] = [at + 1, at + 1 + first - base]
  const isOneByte = !isList && end - start === 1 && (bytes[start] ?? 0) < shortText // which encodes itself
  return isOneByte ? undefined : { start, end, isList }
}

type Long = { readonly first: number; readonly isList: boolean }

function readLongHead(bytes: Uint8Array, at: number, { first, isList }: Long): Head | undefined {
  const count = first - (isList ? longList : longText)
  const digits = bytes.subarray(at + 1, at + 1 + count)
  if (digits.length < count || count > 3 || digits[0] === 0) return undefined
  const length = digits.reduce((value, byte) => value * 256 + byte, 0)
  const start = at + 1 + count
  return length > shortest ? { start, end: start + length, isList } : undefined
}

/** The number that bytes spell without leading zeros; undefined where they have some, or are no bytes. */
export function numberOfRlp(item: Rlp | undefined): bigint | undefined {
  if (!(item instanceof Uint8Array) || item.length > 32 || item[0] === 0) return undefined
  return item.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

/** Whether an item is so many bytes. */
export const isBytes = (item: Rlp | undefined, length: number): item is Uint8Array =>
  item instanceof Uint8Array && item.length === length
