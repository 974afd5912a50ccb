import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { FIELD_ORDER, poseidon } from '../../../sdk/crypto/poseidon.ts'
import { TREE_DEPTH } from '../../../sdk/crypto/signals.ts'
import { SUBTREE_SIZE } from '../../../sdk/notes/subtree.ts'
import { NoteTree, rootOf } from '../../../sdk/notes/tree.ts'
import { toIntegers, vectors } from '../../helpers/vectors.ts'

const leaf = fc.bigInt({ min: 1n, max: FIELD_ORDER - 1n })

describe('NoteTree', () => {
  test('has the root of the vectors after each operation', () => {
    expect(BigInt(vectors.tree.depth)).toBe(BigInt(TREE_DEPTH))
    const tree = new NoteTree()
    for (const operation of vectors.tree.operations.map(toIntegers)) {
      apply(tree, operation)
      expect(tree.root()).toBe(operation.root)
    }
  })

  prop.prop([fc.array(leaf, { minLength: 1, maxLength: 9 }), fc.array(fc.nat(8), { maxLength: 3 })], { numRuns: 10 })(
    'agrees with the definition, whenever the root is asked for',
    (leaves, zeroed) => {
      const tree = new NoteTree()
      for (const value of leaves) tree.append(value)
      tree.root()
      const expected = [...leaves]
      for (const index of zeroed.filter((i) => i < leaves.length)) {
        tree.zero(index)
        expected[index] = 0n
      }

      expect(tree.leavesOf(0)).toEqual(expected)
      expect(tree.root()).toBe(defineRoot(expected))
      expect(NoteTree.from(expected).root()).toBe(tree.root())
    },
  )

  prop.prop([fc.array(leaf, { minLength: 1, maxLength: 40 }), fc.nat()], { numRuns: 20 })(
    'every path leads to the root, and a wrong leaf does not',
    (leaves, any) => {
      const tree = NoteTree.from(leaves)
      const index = any % leaves.length
      const path = tree.path(index)

      expect(path.siblings).toHaveLength(TREE_DEPTH)
      expect(rootOf(tree.leaf(index), path)).toBe(tree.root())
      expect(rootOf((tree.leaf(index) + 1n) % FIELD_ORDER, path)).not.toBe(tree.root())
    },
  )

  test('the root of an empty tree is that of all zeros, and zeroing every leaf comes back to it', () => {
    const tree = new NoteTree()
    const empty = tree.root()
    expect(empty).toBe(defineRoot([]))

    for (const value of [1n, 2n, 3n]) tree.append(value)
    expect(tree.root()).not.toBe(empty)
    for (const index of [0, 1, 2]) tree.zero(index)
    expect(tree.root()).toBe(empty)
    expect(tree.append(4n)).toBe(3)
  })

  test('knows its root and paths without the leaves of other subtrees, which come back only as they were', () => {
    const leaves = Array.from({ length: 2 * SUBTREE_SIZE + 3 }, (_, i) => BigInt(i + 1))
    const whole = NoteTree.from(leaves)
    const tree = new NoteTree({ size: whole.size, nodes: whole.nodes() })
    expect(tree.root()).toBe(whole.root())
    expect(() => tree.path(5)).toThrow('not held')
    const own = leaves.slice(0, SUBTREE_SIZE)
    for (const false_ of [
      own.with(9, 1n),
      own.slice(1),
      [...own, 5n],
      [],
      leaves.slice(SUBTREE_SIZE, 2 * SUBTREE_SIZE),
    ]) {
      expect(tree.hold(0, false_)).toBe(false)
    }
    expect(tree.hold(0, own)).toBe(true)
    expect(tree.path(5)).toEqual(whole.path(5))

    for (const one of [tree, whole]) one.zero(6)
    expect(tree.root()).toBe(whole.root())
    expect(() => tree.append(4n)).toThrow('not held')
    expect(tree.hold(2, leaves.slice(2 * SUBTREE_SIZE))).toBe(true)
    for (const one of [tree, whole]) one.append(4n)
    whole.release((subtree) => subtree === 0)
    expect(whole.held).toEqual([0, 2])
    expect(tree.root()).toBe(whole.root())
  })

  test('a copy goes its own way', () => {
    const tree = NoteTree.from([1n, 2n, 3n])
    const [copy, root] = [tree.copy(), tree.root()]
    copy.zero(0)
    copy.append(4n)
    expect(tree.root()).toBe(root)
    expect(tree.leavesOf(0)).toEqual([1n, 2n, 3n])
    expect(copy.root()).toBe(NoteTree.from([0n, 2n, 3n, 4n]).root())
  })

  test.each([-1, 3, 0.5, Number.NaN])('has no leaf %d of three', (index) => {
    const tree = NoteTree.from([1n, 2n, 3n])
    expect(() => tree.zero(index)).toThrow(RangeError)
    expect(() => tree.path(index)).toThrow(RangeError)
    expect(() => tree.leaf(index)).toThrow(RangeError)
  })

  test('takes 2^20 leaves and no more', () => {
    const tree = new NoteTree()
    for (let i = 0; i < 2 ** TREE_DEPTH; i++) tree.append(1n)
    expect(() => tree.append(1n)).toThrow('full')
  })
})

function apply(tree: NoteTree, { kind, leaf, leafIndex }: { kind: bigint; leaf: bigint; leafIndex: bigint }): void {
  if (kind === 1n) expect(tree.append(leaf)).toBe(Number(leafIndex))
  else tree.zero(Number(leafIndex))
}

/** The definition, level by level: an empty leaf is 0, a node is the Poseidon hash of its children. */
function defineRoot(leaves: readonly bigint[]): bigint {
  let level = leaves.length > 0 ? leaves : [0n]
  let empty = 0n
  for (let i = 0; i < TREE_DEPTH; i++) {
    const nodes = Array.from({ length: Math.ceil(level.length / 2) }, (_, j) => [
      level[2 * j]!,
      level[2 * j + 1] ?? empty,
    ])
    level = nodes.map((pair) => poseidon(pair))
    empty = poseidon([empty, empty])
  }
  return level[0]!
}
