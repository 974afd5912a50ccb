import { type Checkpoint, decodeCheckpoint, type SignedCheckpoint } from '@pennypost/sdk/codec'
import { forestPathOf, fromBytes, toAddress, toHex } from '@pennypost/sdk/crypto'
import { NoteTree, placeOf } from '@pennypost/sdk/notes'
import { checkpointDigest, signersHash, termsHash } from '@pennypost/sdk/verifier'
import { type Hex, keccak256 } from 'viem'
import type { LoggedOperation, ProverStore } from '../store/index.ts'

/** A checkpoint's header as the CheckpointRegistry reads it. */
export function headerOf(checkpoint: Checkpoint) {
  const { networkId, previous, blockHash, noteTree, registry, logHash, root, roots, leaks, ...rest } = checkpoint
  const { sequence, chainId, blockNumber, operations, issuedAt } = rest
  return {
    networkId: hex(networkId),
    sequence,
    previous: hex(previous),
    chainId,
    blockNumber,
    blockHash: hex(blockHash),
    noteTree: toAddress(noteTree),
    registry: toAddress(registry),
    operations,
    logHash: hex(logHash),
    root: hex(root),
    rootsHash: keccak256(joined(roots)),
    termsHash: hex(termsHash(checkpoint)),
    leaksHash: keccak256(joined(leaks)),
    signersHash: hex(signersHash(checkpoint)),
    issuedAt,
  }
}

/** A signed checkpoint as the registry reads it: signatures of 65 bytes, whose last is 27 or 28. */
export function evidenceOf({ checkpoint, signatures }: SignedCheckpoint) {
  const readable = signatures.filter(({ signature }) => signature.length === 65).slice(0, mostSignatures)
  return {
    header: headerOf(decodeCheckpoint(checkpoint)),
    signatures: readable.map(({ signature }) =>
      hex(Uint8Array.of(...signature.subarray(0, 64), 27 + ((signature[64] ?? 0) % 27))),
    ),
  }
}

/** Names a checkpoint, whoever signed it. */
export const digestNameOf = ({ checkpoint }: SignedCheckpoint): string =>
  toHex(checkpointDigest(decodeCheckpoint(checkpoint)))

/** An operation of the log with its leaf's place before it: what shows that a root does not follow. */
export async function stepAt(store: ProverStore, { capacity, index }: { capacity: number; index: number }) {
  const [logged] = await store.operations(index + 1, { from: index, limit: 1 })
  if (!logged) return undefined
  const { leafIndex } = logged.operation
  const { tree: number, place } = placeOf(leafIndex, capacity)
  const tree = await treeBefore(store, { first: number * capacity, capacity, index })
  if (place === tree.size) tree.append(0n)
  return {
    operation: operationOf(logged),
    leaf: tree.leaf(place),
    siblings: tree.path(place).siblings as never,
    forest: forestPathOf(await store.trees(index), number).map(hex) as never,
  }
}

type Before = { readonly first: number; readonly capacity: number; readonly index: number }

/** The leaves of one tree as they were before an operation. */
async function treeBefore(store: ProverStore, { first, capacity, index }: Before): Promise<NoteTree> {
  const tree = new NoteTree()
  for (let from = first; ; ) {
    const limit = Math.min(leavesPerPage, first + capacity - from)
    const { leaves } = limit > 0 ? await store.leaves(index, { from, limit }) : { leaves: [] }
    if (leaves.length === 0) return tree
    for (const leaf of leaves) tree.append(fromBytes(leaf))
    from += leaves.length
    await new Promise(setImmediate) // others are served between
  }
}

function operationOf({ index, operation }: LoggedOperation) {
  const leafIndex = BigInt(operation.leafIndex)
  if (operation.kind === 'zero') {
    return { index: BigInt(index), kind: 2, leafIndex, commitment: 0n, classId: 0n, limit: 0n, expiry: 0n }
  }
  const { commitment, classId, limit, expiry } = operation
  return { index: BigInt(index), kind: 1, leafIndex, commitment, classId, limit, expiry }
}

const mostSignatures = 64
const leavesPerPage = 1_024
const hex = (bytes: Uint8Array): Hex => `0x${toHex(bytes)}`
const joined = (parts: readonly Uint8Array[]): Hex => `0x${parts.map((part) => toHex(part)).join('')}`
