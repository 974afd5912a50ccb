import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { blockCountOf, blockSizeOf, freeBlocks, messageIdsOf, nextBlock } from '../../../sdk/notes/index.ts'

const limits = fc.integer({ min: 1, max: 256 })
const one = { index: 0, count: 1 }

describe('the blocks of a note', () => {
  prop.prop([limits])('hold every message id once', (limit) => {
    const blocks = Array.from({ length: blockCountOf(limit) }, (_, block) => messageIdsOf(limit, block))
    expect(blocks.flat()).toEqual(Array.from({ length: limit }, (_, id) => id))
    expect(blocks.every((ids) => ids.length > 0)).toBe(true)
  })

  test.each([
    [1, 1, 1],
    [31, 1, 31],
    [100, 3, 34],
    [256, 8, 32],
  ])('of %s ids have %s each and number %s', (limit, size, count) => {
    expect([blockSizeOf(limit), blockCountOf(limit)]).toEqual([size, count])
  })

  test('end where the note ends', () => {
    expect(messageIdsOf(100, 33)).toEqual([99])
    expect(messageIdsOf(100, 34)).toEqual([])
  })
})

describe('free blocks', () => {
  test.each<[string, number[], number | undefined]>([
    ['the first of all', [], 0],
    ['after those taken', [0, 1], 2],
    ['a gap', [0, 2], 1],
    ['none', [0, 1, 2, 3], undefined],
    ['the same, whatever else is in the log', [0, 99, -1], 1],
  ])('the next is %s', (_, taken, expected) => {
    expect(nextBlock(4, taken, one)).toBe(expected)
  })

  prop.prop([limits, fc.integer({ min: 1, max: 5 }), fc.array(fc.nat({ max: 40 }))])(
    'of several devices are all the free ones, none of them twice',
    (limit, count, taken) => {
      const each = Array.from({ length: count }, (_, index) => freeBlocks(limit, taken, { index, count }))
      expect(each.flat().sort((a, b) => a - b)).toEqual(freeBlocks(limit, taken, one))
    },
  )

  test.each([
    { index: 1, count: 1 },
    { index: -1, count: 2 },
    { index: 0.5, count: 2 },
    { index: 0, count: Number.NaN },
  ])('there is no device %o', (device) => {
    expect(() => freeBlocks(4, [], device)).toThrow(RangeError)
  })
})
