import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import {
  addBlocks,
  type Block,
  BlocksTooManyError,
  blockEntryOf,
  createBlockList,
  readBlocks,
  removeBlocks,
} from '../../../sdk/codec/index.ts'
import { concatBytes, randomBytes, toHex } from '../../../sdk/crypto/index.ts'
import { BaseError } from '../../../sdk/errors.ts'
import { networkId, recipient as owner } from '../../helpers/world.ts'

const secret = new Uint8Array(32).fill(7)
const lengths = { tag: 32, wallet: 20, connection: 16 } as const
const block = fc
  .constantFrom('tag' as const, 'wallet' as const, 'connection' as const)
  .chain((kind) =>
    fc.uint8Array({ minLength: lengths[kind], maxLength: lengths[kind] }).map((value): Block => ({ kind, value })),
  )
const blocksOf = fc.uniqueArray(block, { maxLength: 40, selector: ({ kind, value }) => `${kind}${toHex(value)}` })
const make = (blocks: readonly Block[], version = 1n) =>
  createBlockList({ networkId, owner, version, blocks }, { secret, random: randomBytes })
const entriesOf = ({ entries }: { entries: Uint8Array }) =>
  Array.from({ length: entries.length / 16 }, (_, i) => toHex(entries.slice(16 * i, 16 * i + 16)))
const tags = (count: number): Block[] =>
  Array.from({ length: count }, (_, i) => ({
    kind: 'tag',
    value: concatBytes(Uint8Array.of(i >> 8, i), new Uint8Array(30)),
  }))

describe('a list of blocks', () => {
  prop.prop([blocksOf], { numRuns: 30 })('is read by its owner as it was made, and by nobody else', (blocks) => {
    const list = make(blocks)
    expect(readBlocks(list, secret)).toEqual(blocks)
    expect(() => readBlocks(list, new Uint8Array(32).fill(8))).toThrow(BaseError)
  })

  test.each([
    [0, 16],
    [1, 16],
    [16, 16],
    [17, 32],
    [33, 64],
    [4096, 4096],
  ])('of %i blocks has %i entries and says no more of how many there are', (count, entries) => {
    const list = make(tags(count))
    expect([entriesOf(list).length, list.ownCopy.length]).toEqual([entries, entries * 33 + 28])
    expect(entriesOf(list)).toEqual(entriesOf(list).sort())
  })

  test('has nothing in common with the version before it, whatever was added or removed', () => {
    const versions = [make(tags(3)), make(tags(3), 2n), make(tags(4), 3n)]
    expect(new Set(versions.flatMap(entriesOf)).size).toBe(48)
  })

  test('says the same of nobody: entries depend on network, owner, salt, kind and value', () => {
    const list = { networkId, owner, salt: new Uint8Array(32).fill(1) }
    const wallet: Block = { kind: 'wallet', value: new Uint8Array(20).fill(9) }
    const sameNumber: Block = { kind: 'tag', value: concatBytes(new Uint8Array(12), wallet.value) }
    const entries = [
      blockEntryOf(list, wallet),
      blockEntryOf(list, sameNumber),
      blockEntryOf({ ...list, salt: new Uint8Array(32) }, wallet),
      blockEntryOf({ ...list, owner: wallet.value }, wallet),
      blockEntryOf({ ...list, networkId: new Uint8Array(32) }, wallet),
      blockEntryOf(list, { ...wallet, value: new Uint8Array(20) }),
    ].map(toHex)
    expect(new Set(entries).size).toBe(entries.length)
  })

  test('takes 4,096 blocks and not one more, and no value of another length', () => {
    expect(() => make(tags(4097))).toThrow(BlocksTooManyError)
    expect(() => make([{ kind: 'wallet', value: new Uint8Array(32) }])).toThrow(BaseError)
  })
})

describe('a change', () => {
  prop.prop([blocksOf, blocksOf])('adds what is not there yet, and what is added can be taken back', (blocks, more) => {
    const values = more.filter(({ kind }) => kind === 'tag').map(({ value }) => value)
    const added = addBlocks(blocks, { kind: 'tag', values })
    expect(addBlocks(added, { kind: 'tag', values })).toEqual(added)
    const removed = removeBlocks(added, { kind: 'tag', values })
    expect(removed).toEqual(
      blocks.filter((one) => !values.some((value) => one.kind === 'tag' && toHex(value) === toHex(one.value))),
    )
  })

  test('of one kind leaves the others, although their values are equal', () => {
    const value = new Uint8Array(16)
    const blocks = addBlocks([], { kind: 'connection', values: [value] })
    expect(removeBlocks(blocks, { kind: 'tag', values: [value] })).toEqual(blocks)
  })
})
