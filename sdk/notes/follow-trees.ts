import { placeOf } from './forest.ts'
import { applyOperations, copyHeld, type HeldTrees, interrupt, isCaughtUp, locate, release } from './held-trees.ts'
import { isRight, type Loading, type LoadOptions, loadTree, renewTree } from './load-tree.ts'
import type { Operation } from './log.ts'
import { SUBTREE_SIZE } from './subtree.ts'

export type FindOptions = LoadOptions & {
  /** Leaves are looked for in so many of the newest trees; in all unless given. */
  readonly newest?: number | undefined
  /** Numbers in the log at which some of them should be: the trees of those are looked into before others. */
  readonly near?: readonly number[] | undefined
}

type Source = Pick<Loading, 'prover' | 'checkpoint'>

/** What is held after operations; where they are not known, or do not fit, trees whose root has changed are read anew. */
export async function advance(
  before: HeldTrees,
  operations: readonly Operation[] | undefined,
  source: Source & LoadOptions,
): Promise<HeldTrees> {
  const { held, zeroed } = applied(before, operations)
  const wanted = new Set(held.missing.keys())
  for (const number of held.trees.keys()) {
    const loading = { ...source, wanted, number }
    if (zeroed.has(number)) await renewTree(held, loading)
    if (!isRight(held, loading)) await loadTree(held, loading)
  }
  held.isFollowed ||= isCaughtUp(held, source.checkpoint.trees.length - 1)
  release(held)
  return held
}

/** What is held after operations alone, and the trees in which they have zeroed leaves. */
function applied(before: HeldTrees, operations: readonly Operation[] | undefined) {
  const held = copyHeld(before)
  if (operations && applyOperations(held, operations)) {
    const zeroings = operations.filter(({ kind }) => kind === 'zero')
    return { held, zeroed: new Set(zeroings.map(({ leafIndex }) => placeOf(leafIndex, held.capacity).tree)) }
  }
  const interrupted = copyHeld(before)
  interrupt(interrupted)
  return { held: interrupted, zeroed: new Set<number>() }
}

/** What is held once leaves were looked for: in the newest tree, where they should be, and in the others, the newest first. */
export async function searchTrees(
  before: HeldTrees,
  unknown: readonly bigint[],
  { newest, near = [], ...source }: Source & FindOptions,
): Promise<HeldTrees> {
  const held = copyHeld(before)
  const last = source.checkpoint.trees.length - 1
  const first = newest === undefined ? 0 : Math.max(0, last + 1 - newest)
  const wanted = new Set([...unknown, ...(before.isFollowed ? [] : held.missing.keys())])
  const mayBeIn = (number: number) => [...wanted].some((leaf) => (held.missing.get(leaf) ?? first) <= number)
  for (const number of inOrder(held, last, near)) {
    if (mayBeIn(number)) await lookInto(held, { ...source, wanted, number })
    for (const leaf of held.places.keys()) wanted.delete(leaf)
  }
  for (const leaf of wanted) held.missing.set(leaf, last)
  held.isFollowed = true
  release(held)
  return held
}

/** The numbers of all trees. How large they are, and so where leaves should be, the first one tells. */
function* inOrder(held: HeldTrees, last: number, near: readonly number[]): Generator<number> {
  yield last
  const likely = near.map((leafIndex) => placeOf(leafIndex, held.capacity).tree)
  const others = Array.from({ length: last }, (_, i) => last - 1 - i)
  yield* new Set([...likely.filter((number) => others.includes(number)), ...others])
}

/** Looks for leaves in one tree: where all of it is held, without asking anybody. */
async function lookInto(held: HeldTrees, loading: Loading): Promise<void> {
  const tree = held.trees.get(loading.number)
  locate(held, loading.number, loading.wanted)
  const isFound = [...loading.wanted].every((leaf) => held.places.has(leaf))
  const isWhole = tree !== undefined && tree.held.length === Math.ceil(tree.size / SUBTREE_SIZE)
  if (!isFound && !isWhole) await loadTree(held, loading)
}
