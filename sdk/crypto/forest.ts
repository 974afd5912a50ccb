import { fromHex } from './bytes.ts'
import { keccak256 } from './hash.ts'

/** Depth of the tree over the roots of note trees: it has room for 2^12 of them. */
export const FOREST_DEPTH = 12

/** The root of a note tree without notes: what a tree that has not begun counts as. */
export const emptyTreeRoot: Uint8Array = fromHex('2134e76ac5d21aab186c2be1dd8f84ee880a1e46eaf712f9d371b6df22191f3e')

/** Roots of trees over trees that have not begun: `emptyNodes[n]` is that of 2^n of them. */
const emptyNodes = [emptyTreeRoot]
for (let level = 0; level < FOREST_DEPTH; level++) emptyNodes.push(keccak256(emptyAt(level), emptyAt(level)))

/** The root of all note trees, which checkpoints state, from the roots of the first ones; those after them are empty. */
export function forestRootOf(trees: readonly Uint8Array[]): Uint8Array {
  return levelsOf(trees).at(-1)?.[0] ?? emptyAt(FOREST_DEPTH)
}

/** The nodes beside the way from the root of one tree to that of all, lowest first: what a dispute shows. */
export function forestPathOf(trees: readonly Uint8Array[], tree: number): Uint8Array[] {
  const levels = levelsOf(trees).slice(0, FOREST_DEPTH)
  return levels.map((nodes, level) => nodes[(tree >> level) ^ 1] ?? emptyAt(level))
}

/** The nodes of each level, as far as they are not those of empty trees. */
function levelsOf(trees: readonly Uint8Array[]): (readonly Uint8Array[])[] {
  if (trees.length > 2 ** FOREST_DEPTH) throw new RangeError(`There are at most ${2 ** FOREST_DEPTH} note trees.`)
  const levels = [trees]
  for (let level = 0; level < FOREST_DEPTH; level++) {
    const below = levels[level] ?? []
    const at = (index: number): Uint8Array => below[index] ?? emptyAt(level)
    levels.push(Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => keccak256(at(2 * i), at(2 * i + 1))))
  }
  return levels
}

function emptyAt(level: number): Uint8Array {
  return emptyNodes[level] as Uint8Array
}
