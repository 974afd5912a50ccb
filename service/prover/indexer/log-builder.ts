import { leafOf } from '@pennypost/sdk/crypto'
import { emptyChain, extendChain, NoteTree } from '@pennypost/sdk/notes'
import { BaseError } from '@pennypost/sdk/verifier'
import type { LogEntry, LoggedOperation } from '../store/index.ts'

/** The log in memory: what the next operation's entry depends on. */
export type LogBuilder = {
  readonly tree: NoteTree
  chain: Uint8Array
  operations: number
}

/** The log without any operation. */
export function createLogBuilder(): LogBuilder {
  return { tree: new NoteTree(), chain: emptyChain, operations: 0 }
}

/** Adds the next operation and answers what follows from it; throws {@link LogBrokenError} on any other. */
export function extendLog(log: LogBuilder, logged: LoggedOperation): LogEntry {
  const { index, operation } = logged
  if (index !== log.operations) {
    throw new LogBrokenError(`Expected operation ${log.operations} of the note log, found ${index}.`)
  }
  const leaf = applyOperation(log.tree, logged)
  log.chain = extendChain(log.chain, index, operation)
  log.operations += 1
  return { ...logged, leaf, chain: log.chain, root: log.tree.root() }
}

function applyOperation(tree: NoteTree, { index, operation }: LoggedOperation): bigint {
  const { leafIndex } = operation
  if (operation.kind === 'append') {
    if (leafIndex !== tree.size)
      throw new LogBrokenError(`Operation ${index} puts a leaf at ${leafIndex}, not at the end.`)
    const leaf = leafOf(operation)
    tree.append(leaf)
    return leaf
  }
  if (leafIndex >= tree.size)
    throw new LogBrokenError(`Operation ${index} zeroes leaf ${leafIndex}, which is not there.`)
  tree.zero(leafIndex)
  return 0n
}

/** The operations that a chain's endpoint shows are not the whole log in order. */
export class LogBrokenError extends BaseError {
  readonly code = 'log.broken'
}
