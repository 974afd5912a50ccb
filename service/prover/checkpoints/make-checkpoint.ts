import type { Checkpoint } from '@pennypost/sdk/codec'
import { type Address, addressToBytes, fromHex } from '@pennypost/sdk/crypto'
import { checkpointDigest } from '@pennypost/sdk/verifier'
import type { Said } from './schedule.ts'

/** What stays the same in every checkpoint of a deployment. */
export type Network = {
  /** 32 bytes. */
  readonly networkId: Uint8Array
  readonly chainId: bigint
  readonly noteTree: Address
  /** The contract that holds the signers' bonds; zero if there is none. */
  readonly registry: Address
}

/** The log as far as a checkpoint covers it. */
export type Covered = {
  readonly logHash: Uint8Array
  /** Root after each operation since the last checkpoint. */
  readonly roots: readonly Uint8Array[]
  /** The roots of the trees that have notes. */
  readonly trees: readonly Uint8Array[]
  /** The root where there are none. */
  readonly root: Uint8Array
}

/** The checkpoint after another: all provers of a network make the same one of the same moment. */
export function makeCheckpoint(network: Network, last: Checkpoint | undefined, said: Said & Covered): Checkpoint {
  const { networkId, chainId, noteTree, registry } = network
  const { block, operations, issuedAt, terms, office, leaks, logHash, roots, trees, root } = said
  return {
    networkId,
    sequence: (last?.sequence ?? 0n) + 1n,
    previous: last ? checkpointDigest(last) : new Uint8Array(32),
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
    ...terms,
    issuedAt: BigInt(issuedAt),
    leaks,
    signers: (office?.signers ?? []).map(addressToBytes),
    threshold: office?.threshold ?? 0,
    officeEndsAt: BigInt(office?.endsAt ?? 0),
  }
}

/** The network, with the contracts that the prover reads. */
export type NetworkInfo = Network & {
  readonly name: string
  readonly nodes: Checkpoint['nodes']
  readonly postage: readonly string[]
  readonly stakes: readonly string[]
  readonly payments: readonly string[]
  readonly connections: readonly string[]
  readonly checkpointRegistry: string | undefined
}
