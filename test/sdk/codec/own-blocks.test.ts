import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { doDue, firstDue, planBlocks, planRemoval } from '../../../sdk/client/account/plan-blocks.ts'
import {
  addBlocks,
  type Block,
  BlocksTooManyError,
  blockEntryOf,
  blockName,
  createBlockList,
  type OwnBlock,
  readOwnCopy,
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
    expect(readOwnCopy(list, secret).blocks).toEqual(blocks)
    expect(() => readOwnCopy(list, new Uint8Array(32).fill(8)).blocks).toThrow(BaseError)
  })

  test('has room for the version of the own shared list beside as many blocks', () => {
    const blocks = tags(16)
    const fields = { networkId, owner, version: 1n, blocks, published: 2n ** 63n - 1n }
    const list = createBlockList(fields, { secret, random: randomBytes })
    expect(entriesOf(list)).toHaveLength(32)
    expect(readOwnCopy(list, secret)).toEqual({ blocks, lists: [], published: 2n ** 63n - 1n })
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

describe('what is due', () => {
  const due = fc.constantFrom(undefined, 'come' as const, 'go' as const)
  const own = fc
    .tuple(blocksOf, fc.array(due, { minLength: 40, maxLength: 40 }))
    .map(([blocks, dues]): OwnBlock[] => blocks.map((one, i) => ({ ...one, ...(dues[i] && { due: dues[i] }) })))

  prop.prop([own], { numRuns: 30 })(
    'is known to the owner alone: what is to come is not there, what is to go is',
    (all) => {
      const list = make(all)
      const entries = entriesOf(list)
      expect(readOwnCopy(list, secret).blocks).toEqual(all)
      for (const one of all) {
        const entry = toHex(blockEntryOf({ networkId, owner, salt: list.salt }, one))
        expect(entries.includes(entry)).toBe(one.due !== 'come')
      }
      expect(entries).toHaveLength(entriesOf(make(all.map(({ kind, value }) => ({ kind, value })))).length)
    },
  )

  prop.prop([own, blocksOf])('comes or goes one by one, and then is as it was asked for', (all, some) => {
    const wanted = [...some, ...all.slice(0, 3)].map(({ kind, value }) => ({ kind, value }))
    const visible = (blocks: readonly OwnBlock[]) => blocks.filter((one) => one.due !== 'come').map(blockName)
    for (const plan of [planBlocks, planRemoval]) {
      let blocks = plan(all, wanted)
      expect(visible(blocks)).toEqual(visible(all))
      for (let next = firstDue(blocks, wanted); next; next = firstDue(blocks, wanted)) {
        const before = new Set(visible(blocks))
        blocks = doDue(blocks, next)
        const after = new Set(visible(blocks))
        expect(before.symmetricDifference(after)).toEqual(new Set([blockName(next)]))
      }
      const names = new Set(visible(blocks))
      for (const one of wanted) expect(names.has(blockName(one))).toBe(plan === planBlocks)
    }
  })
})

describe('a change', () => {
  prop.prop([blocksOf, blocksOf])('adds what is not there yet', (blocks, more) => {
    const values = more.filter(({ kind }) => kind === 'tag').map(({ value }) => value)
    const added = addBlocks(blocks, { kind: 'tag', values })
    expect(addBlocks(added, { kind: 'tag', values })).toEqual(added)
    expect(added.slice(0, blocks.length)).toEqual(blocks)
  })
})
