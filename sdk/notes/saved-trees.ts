import type { Checkpoint } from '../codec/index.ts'
import { concatBytes, fromBytes, toBytes4, toBytes32 } from '../crypto/index.ts'
import { placeOf } from './forest.ts'
import { type HeldTrees, holdNothing } from './held-trees.ts'
import { rootIn, TreeMismatchError } from './load-tree.ts'
import { SUBTREE_SIZE } from './subtree.ts'
import { NoteTree, subtreeOf } from './tree.ts'

/** What is held as bytes, for {@link readHeld}. */
export function writeHeld({ capacity, trees, places, missing, isFollowed }: HeldTrees): Uint8Array {
  return concatBytes(
    toBytes4(capacity),
    toBytes4(isFollowed ? 1 : 0),
    ...[places, missing].flatMap(writeNumbers),
    toBytes4(trees.size),
    ...[...trees].flatMap(writeTree),
  )
}

/** The same from bytes, each root checked again against the checkpoint. */
export function readHeld(bytes: Uint8Array, checkpoint: Checkpoint): HeldTrees {
  const reader = createReader(bytes)
  const held = holdNothing()
  held.capacity = reader.number()
  held.isFollowed = reader.number() === 1
  for (const numbers of [held.places, held.missing]) {
    for (let left = reader.number(); left > 0; left--) numbers.set(reader.word(), reader.number())
  }
  for (let left = reader.number(); left > 0; left--) {
    const number = reader.number()
    held.trees.set(number, readTree(reader, rootIn(checkpoint, number)))
  }
  reader.end()
  if (![...held.places].every((entry) => isAt(held, ...entry))) throw damaged()
  return held
}

function isAt({ trees, capacity }: HeldTrees, leaf: bigint, leafIndex: number): boolean {
  const { tree, place } = placeOf(leafIndex, capacity)
  const found = trees.get(tree)
  return found?.has(subtreeOf(place)) === true && place < found.size && found.leaf(place) === leaf
}

const writeNumbers = (numbers: ReadonlyMap<bigint, number>): Uint8Array[] => [
  toBytes4(numbers.size),
  ...[...numbers].flatMap(([leaf, number]) => [toBytes32(leaf), toBytes4(number)]),
]

const writeTree = ([number, tree]: [number, NoteTree]): Uint8Array[] => [
  toBytes4(number),
  toBytes4(tree.size),
  ...tree.nodes().map(toBytes32),
  toBytes4(tree.held.length),
  ...tree.held.flatMap((subtree) => [toBytes4(subtree), ...tree.leavesOf(subtree).map(toBytes32)]),
]

function readTree({ number, word }: Reader, root: bigint): NoteTree {
  const size = number()
  const words = (count: number) => Array.from({ length: count }, word)
  const tree = new NoteTree({ size, nodes: words(Math.ceil(size / SUBTREE_SIZE)) })
  for (let left = number(); left > 0; left--) {
    const subtree = number()
    const leaves = words(Math.max(0, Math.min(SUBTREE_SIZE, size - subtree * SUBTREE_SIZE)))
    if (!tree.hold(subtree, leaves)) throw damaged()
  }
  if (tree.root() !== root) throw damaged()
  return tree
}

type Reader = ReturnType<typeof createReader>

/** Reads one value after the other, each with the length that it must have. */
function createReader(bytes: Uint8Array) {
  let at = 0
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw damaged()
    at += length
    return bytes.subarray(at - length, at)
  }
  return {
    number: () => Number(fromBytes(take(4))),
    word: () => fromBytes(take(32)),
    end() {
      if (at !== bytes.length) throw damaged()
    },
  }
}

const damaged = () => new TreeMismatchError('The saved trees are not those that were saved.')
