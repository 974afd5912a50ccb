import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { emptyTreeRoot, forestPathOf, forestRootOf, keccak256, toBytes32 } from '../../../sdk/crypto/index.ts'
import { isCapacity, NoteForest, NoteTree, placeOf, rootOf } from '../../../sdk/notes/index.ts'

/** The definition: a tree of depth 12 over all 4,096 roots. */
function defineRoot(trees: readonly Uint8Array[]): Uint8Array {
  let nodes = Array.from({ length: 4096 }, (_, i) => trees[i] ?? emptyTreeRoot)
  while (nodes.length > 1)
    nodes = nodes.filter((_, i) => i % 2 === 0).map((left, i) => keccak256(left, nodes[2 * i + 1]!))
  return nodes[0]!
}

/** The root that a tree's root and its path lead to. */
const climb = (root: Uint8Array, tree: number, path: readonly Uint8Array[]): Uint8Array =>
  path.reduce(
    (below, sibling, level) => ((tree >> level) & 1 ? keccak256(sibling, below) : keccak256(below, sibling)),
    root,
  )

describe('NoteForest', () => {
  test('has the roots of one tree after the other, each as if it were alone', () => {
    const forest = new NoteForest({ capacity: 4 })
    expect(forest.root()).toEqual(defineRoot([]))
    expect(forest.roots()).toEqual([emptyTreeRoot])
    const trees = [new NoteTree(), new NoteTree(), new NoteTree()]
    for (let i = 0; i < 10; i++) {
      expect(forest.append(BigInt(i + 1))).toBe(i)
      trees[Math.floor(i / 4)]?.append(BigInt(i + 1))
      const begun = trees.slice(0, Math.floor(i / 4) + 1).map((tree) => toBytes32(tree.root()))
      expect(forest.roots()).toEqual(begun)
      expect(forest.root()).toEqual(defineRoot(begun))
    }
    for (const leafIndex of [1, 8, 9]) {
      const { tree, place } = placeOf(leafIndex, 4)
      forest.zero(leafIndex)
      trees[tree]?.zero(place)
    }
    expect(forest.roots()).toEqual(trees.slice(0, 2).map((tree) => toBytes32(tree.root()))) // the third is empty again
    expect(forest.size).toBe(10)
    expect(() => forest.zero(10)).toThrow(RangeError)
    expect(() => forest.zero(12)).toThrow(RangeError)
  })

  prop.prop([fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 6 }), fc.nat(4095)], { numRuns: 10 })(
    'agrees with the definition, and every path leads to the root of all trees',
    (numbers, tree) => {
      const roots = numbers.map((number) => toBytes32(BigInt(number)))
      expect(forestRootOf(roots)).toEqual(defineRoot(roots))
      expect(climb(roots[tree] ?? emptyTreeRoot, tree, forestPathOf(roots, tree))).toEqual(forestRootOf(roots))
    },
  )

  test('shows of a leaf what a dispute needs', () => {
    const forest = new NoteForest({ capacity: 2 })
    for (let i = 0; i < 5; i++) forest.append(BigInt(i + 1))
    for (let leafIndex = 0; leafIndex < 5; leafIndex++) {
      const { tree, place } = placeOf(leafIndex, 2)
      const { leaf, siblings, forest: above } = forest.path(leafIndex)
      expect(leaf).toBe(BigInt(leafIndex + 1))
      const root = toBytes32(rootOf(leaf, { leafIndex: place, siblings }))
      expect(climb(root, tree, above)).toEqual(forest.root())
    }
    expect(() => forest.path(6)).toThrow(RangeError)
  })

  test('has at most 4,096 trees', () => {
    const forest = new NoteForest({ capacity: 2, trees: Array.from({ length: 4096 }, () => NoteTree.from([0n, 0n])) })
    expect(() => forest.append(1n)).toThrow('full')
    expect(() => forestRootOf(Array(4097).fill(emptyTreeRoot))).toThrow(RangeError)
  })

  test('the root of an empty tree is that of a tree without notes', () => {
    expect(emptyTreeRoot).toEqual(toBytes32(new NoteTree().root()))
  })

  test('a tree has room for a power of two of notes', () => {
    const all = [
      0,
      1,
      2,
      3,
      4,
      1023,
      1024,
      2 ** 20,
      2 ** 20 + 1,
      2 ** 21,
      2.5,
      -2,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]
    expect(all.filter(isCapacity)).toEqual([2, 4, 1024, 2 ** 20])
  })
})
