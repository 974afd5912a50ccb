import { toHex, toRlp } from 'viem'
import { describe, expect, test } from 'vitest'
import { decodeRlp, encodeRlp, type Rlp } from '../../../sdk/verifier/rlp.ts'

const text = (length: number, byte = 0x80) => new Uint8Array(length).fill(byte)
const hexOf = (item: Rlp): never => (item instanceof Uint8Array ? toHex(item) : item.map(hexOf)) as never

describe('what is encoded', () => {
  test.each<[string, Rlp]>([
    ['no bytes', text(0)],
    ['a byte that stands for itself', text(1, 0x7f)],
    ['the first byte that does not', text(1)],
    ['the longest short text', text(55)],
    ['the shortest long text', text(56)],
    ['a length of two bytes', text(256)],
    ['a length of three bytes', text(70_000)],
    ['no items', []],
    ['the longest short list', [text(54)]],
    ['the shortest long list', [text(55)]],
    ['lists in lists', [text(2), [[text(1, 1)], text(300)], []]],
  ])('%s: is what viem makes of it, and decodes to itself', (_, item) => {
    const encoded = encodeRlp(item)
    expect(encoded).toEqual(toRlp(hexOf(item), 'bytes'))
    expect(decodeRlp(encoded)).toEqual(item)
  })
})
