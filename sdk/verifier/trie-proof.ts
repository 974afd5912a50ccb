import { equalBytes, fromHex } from '../crypto/bytes.ts'
import { keccak256 } from '../crypto/hash.ts'
import { decodeRlp, isBytes, type Rlp } from './rlp.ts'

/** What a proof shows to be under a key; nothing where it shows that nothing is. Undefined where it is no proof. */
export type Proven = { readonly value: Uint8Array | undefined } | undefined

/** The root of a trie without anything in it. */
const emptyRoot = /* @__PURE__ */ fromHex('56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421')

/** Larger than any node of a trie of Ethereum: 17 hashes, or what an account is. */
const largestNode = 640
/** A key has so many nibbles. */
const longest = 64

/**
 * Follows a key (which is hashed) down a Merkle-Patricia trie (Ethereum's yellow paper, appendix D), by the nodes from the root on. Each
 * must be the one that the node before names by its hash; none may be missing, and none left over.
 */
export function proveInTrie(root: Uint8Array, key: Uint8Array, nodes: readonly Uint8Array[]): Proven {
  if (nodes.length === 0) return equalBytes(root, emptyRoot) ? nothing : undefined
  if (nodes.length > longest || nodes.some(({ length }) => length > largestNode)) return undefined
  const rest = [...nodes]
  const found = walk({ next: root, path: nibblesOf(keccak256(key)) }, rest)
  return rest.length === 0 ? found : undefined
}

/** Goes on until something is found under the path, or that nothing is; each step takes a nibble of it at least. */
function walk({ next, path }: Place, rest: Uint8Array[]): Proven {
  const node = openNode(next, rest)
  const step = node && stepInto(node, path)
  return step && 'next' in step ? walk(step, rest) : step
}

/** A node by what refers to it: the hash of the next one, or, where that is short, itself. */
function openNode(reference: Rlp, rest: Uint8Array[]): readonly Rlp[] | undefined {
  if (!(reference instanceof Uint8Array)) return reference
  const node = reference.length === 32 ? rest.shift() : undefined
  const decoded = node && equalBytes(keccak256(node), reference) ? decodeRlp(node) : undefined
  return decoded instanceof Uint8Array ? undefined : decoded
}

/** What refers to a node, and what of the key is left to follow. */
type Place = { readonly next: Rlp; readonly path: Uint8Array }

const nothing = { value: undefined }

function stepInto(node: readonly Rlp[], path: Uint8Array): Proven | Place {
  if (node.length === 17) return goTo(node[path[0] ?? 16], path.subarray(1))
  const [compact, next] = node
  const part = node.length === 2 && compact instanceof Uint8Array ? readPath(compact) : undefined
  if (!part) return undefined
  const { nibbles, isLeaf } = part
  const fits = equalBytes(path.subarray(0, nibbles.length), nibbles)
  if (!fits) return nothing
  return isLeaf ? leafValue(next, path.length - nibbles.length) : goTo(next, path.subarray(nibbles.length))
}

/** A leaf's value, where nothing of the key is left. */
function leafValue(value: Rlp | undefined, left: number): Proven {
  if (left > 0) return nothing
  return value instanceof Uint8Array && value.length > 0 ? { value } : undefined
}

/** Further down, where there is something. Keys are of one length, so none ends at a branch. */
function goTo(next: Rlp | undefined, path: Uint8Array): Proven | Place {
  if (next === undefined) return undefined
  return isBytes(next, 0) ? nothing : { next, path }
}

/** The nibbles of a leaf or an extension, whose first says which it is and whether they are odd. */
function readPath(compact: Uint8Array): { readonly nibbles: Uint8Array; readonly isLeaf: boolean } | undefined {
  const [flags = 16, second] = nibblesOf(compact)
  const isOdd = (flags & 1) === 1
  if (flags > 3 || (!isOdd && second !== 0)) return undefined
  const nibbles = nibblesOf(compact).subarray(isOdd ? 1 : 2)
  const isLeaf = flags >= 2
  return !isLeaf && nibbles.length === 0 ? undefined : { nibbles, isLeaf }
}

function nibblesOf(bytes: Uint8Array): Uint8Array {
  const nibbles = new Uint8Array(2 * bytes.length)
  bytes.forEach((byte, i) => {
    nibbles[2 * i] = byte >> 4
    nibbles[2 * i + 1] = byte & 15
  })
  return nibbles
}
