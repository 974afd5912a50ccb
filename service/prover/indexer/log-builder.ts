import { fromBytes, leafOf } from '@pennypost/sdk/crypto'
import { emptyChain, extendChain, NoteForest, placeOf, subtreeOf } from '@pennypost/sdk/notes'
import { BaseError } from '@pennypost/sdk/verifier'
import type { LogEntry, LoggedOperation } from '../store/index.ts'

/** The log in memory: what the next operation's entry depends on. */
export type LogBuilder = {
  readonly forest: NoteForest
  chain: Uint8Array
  operations: number
}

/** The log without any operation, of trees that have room for so many notes. */
export function createLogBuilder(capacity: number): LogBuilder {
  return { forest: new NoteForest({ capacity }), chain: emptyChain, operations: 0 }
}

/**
 * Adds the next operation and answers what follows from it; throws {@link LogBrokenError} on any other. Of a subtree that
 * already has leaves, those must be held.
 */
export function extendLog(log: LogBuilder, logged: LoggedOperation): LogEntry {
  const { index, operation } = logged
  if (index !== log.operations) {
    throw new LogBrokenError(`Expected operation ${log.operations} of the note log, found ${index}.`)
  }
  const leaf = applyOperation(log.forest, logged)
  log.chain = extendChain(log.chain, index, operation)
  log.operations += 1
  return { ...logged, ...rootsAbove(log.forest, operation.leafIndex), leaf, chain: log.chain }
}

function applyOperation(forest: NoteForest, { index, operation }: LoggedOperation): bigint {
  const { leafIndex } = operation
  if (operation.kind === 'append') {
    if (leafIndex !== forest.size)
      throw new LogBrokenError(`Operation ${index} puts a leaf at ${leafIndex}, not at the end.`)
    const leaf = leafOf(operation)
    forest.append(leaf)
    return leaf
  }
  if (leafIndex >= forest.size)
    throw new LogBrokenError(`Operation ${index} zeroes leaf ${leafIndex}, which is not there.`)
  forest.zero(leafIndex)
  return 0n
}

function rootsAbove(
  forest: NoteForest,
  leafIndex: number,
): Pick<LogEntry, 'root' | 'tree' | 'subtree' | 'treeRoot' | 'node'> {
  const { tree, place } = placeOf(leafIndex, forest.capacity)
  const subtree = subtreeOf(place)
  const found = forest.trees[tree]
  const [treeRoot = 0n, node = 0n] = [found?.root(), found?.nodes()[subtree]]
  return { root: fromBytes(forest.root()), tree, subtree, treeRoot, node }
}

/** The operations that a chain's endpoint shows are not the whole log in order. */
export class LogBrokenError extends BaseError {
  readonly code = 'log.broken'
}
