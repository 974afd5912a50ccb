export { type AllocatorOptions, NoteAllocator, type NoteUse, noteIdOf } from './allocator.ts'
export { Bindings, SecondUseError } from './binding.ts'
export type { BlockLog, ClaimNames } from './block-log.ts'
export { blockCountOf, blockSizeOf, type Device, freeBlocks, messageIdsOf, nextBlock } from './blocks.ts'
export { createTrust, restoreTrust, type Trust } from './checkpoint-trust.ts'
export {
  checkpointRegistryAbi,
  connectionResolverAbi,
  noteTreeAbi,
  paymentsAbi,
  postageAbi,
  stakeRegistryAbi,
} from './contracts.ts'
export { epochOf, fullHour, nextEpochAt } from './epoch.ts'
export { type FactNoteName, factSecretOf } from './fact-note.ts'
export type { FindOptions } from './follow-trees.ts'
export { type ForestPath, isCapacity, type LeafPlace, NoteForest, placeOf, trimTrees } from './forest.ts'
export { type LeafSource, TreeMismatchError, type TreeProgress } from './load-tree.ts'
export { emptyChain, extendChain, type Operation } from './log.ts'
export { createNote, type HeldNote, type NoteSecret, noteCommitment, personOf } from './note.ts'
export { createReadyIds, type ReadyBlock, type ReadyIds } from './ready-ids.ts'
export { SUBTREE_SIZE } from './subtree.ts'
export { type MerklePath, NoteTree, rootOf, subtreeOf } from './tree.ts'
export {
  CheckpointConflictError,
  CheckpointMissingError,
  followTree,
  TreeFollower,
  type TreePath,
  type TreeSource,
} from './tree-client.ts'
