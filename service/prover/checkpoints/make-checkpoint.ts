import type { Checkpoint, NodeEntry, NoteClass } from '@pennypost/sdk/codec'
import { type Address, addressToBytes, fromHex } from '@pennypost/sdk/crypto'
import type { SignerSet } from '../chain/index.ts'
import type { BlockRef } from '../store/index.ts'

/** What stays the same in every checkpoint of a deployment. */
export type Network = {
  /** 32 bytes. */
  readonly networkId: Uint8Array
  readonly chainId: bigint
  readonly noteTree: Address
  /** The contract that holds the signers' bonds; zero if there is none. */
  readonly registry: Address
  readonly nodes: readonly Pick<NodeEntry, 'url' | 'key'>[]
}

/** What a checkpoint says of its moment. */
export type Moment = {
  readonly sequence: bigint
  /** Digest of the checkpoint before; zero for the first. */
  readonly previous: Uint8Array
  readonly block: BlockRef
  readonly operations: number
  readonly logHash: Uint8Array
  /** Root after each operation since the last checkpoint. */
  readonly roots: readonly Uint8Array[]
  /** The roots of the trees that have notes. */
  readonly trees: readonly Uint8Array[]
  /** The root where there are none. */
  readonly root: Uint8Array
  readonly classes: readonly NoteClass[]
  /** Secrets of stakes that were slashed lately, sorted. */
  readonly leaks: readonly Uint8Array[]
  /** Who signs from the next checkpoint on; undefined if that stays as it is. */
  readonly signers: SignerSet | undefined
  /** Unix seconds. */
  readonly issuedAt: number
}

/** The checkpoint of a moment: all provers of a network make the same one of the same moment. */
export function makeCheckpoint({ networkId, chainId, noteTree, registry, nodes }: Network, moment: Moment): Checkpoint {
  const { sequence, previous, block, operations, logHash, roots, trees, root, classes, leaks, signers, issuedAt } =
    moment
  return {
    networkId,
    sequence,
    previous,
    chainId,
    blockNumber: block.number,
    blockHash: fromHex(block.hash),
    noteTree: addressToBytes(noteTree),
    registry: addressToBytes(registry),
    operations: BigInt(operations),
    logHash,
    root: roots.at(-1) ?? root,
    roots,
    trees,
    classes,
    nodes,
    issuedAt: BigInt(issuedAt),
    leaks,
    signers: (signers?.signers ?? []).map(addressToBytes),
    threshold: signers?.threshold ?? 0,
  }
}

/** The network, with the contracts that the prover reads. */
export type NetworkInfo = Network & {
  readonly name: string
  readonly postage: readonly string[]
  readonly stakes: readonly string[]
  readonly payments: readonly string[]
  readonly connections: readonly string[]
  readonly checkpointRegistry: string | undefined
}
