import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, type SignedCheckpoint } from '../codec/checkpoint.ts'
import { fromBytes } from '../crypto/abi.ts'
import { type Address, addressOf, addressToBytes, checksumAddress } from '../crypto/address.ts'
import { equalBytes, toHex } from '../crypto/bytes.ts'
import { emptyTreeRoot, FOREST_DEPTH, forestRootOf } from '../crypto/forest.ts'
import { recoverPublicKey } from '../crypto/secp256k1.ts'
import { BaseError } from '../errors.ts'
import { checkpointDigest } from './checkpoint-digest.ts'
import { factEpochOf } from './fact-class.ts'

/** Which checkpoints count: those about one note tree that `threshold` different ones of `signers` (EIP-55) have signed. */
export type CheckpointTrust = {
  readonly networkId: Uint8Array
  readonly chainId: bigint
  readonly noteTree: Address
  /** The contract that holds the signers' bonds; zero if there is none. */
  readonly registry: Address
  readonly signers: readonly Address[]
  readonly threshold: number
  /** Unix seconds; nothing later counts that they sign. Undefined where there is no end. */
  readonly officeEndsAt?: number | undefined
}

/** What a verifier keeps of the checkpoints it has seen. */
export type CheckpointView = {
  readonly latest: Checkpoint
  /** Roots of note trees that have been followed by another, with the time (unix seconds) of that. */
  readonly superseded: ReadonlyMap<bigint, number>
  /** The block of the first checkpoint of the newest epoch of facts: what is held is proven by it. */
  readonly factBlock?: { readonly epoch: number; readonly hash: Uint8Array } | undefined
}

/**
 * Decodes a checkpoint and checks that it is about this network, of no later time than `now` (unix seconds, and five
 * minutes), and that enough signers have signed it; throws {@link CheckpointInvalidError}. Whatever it accepts, the
 * CheckpointRegistry accepts as evidence.
 *
 * @example
 * ```ts
 * import { applyCheckpoint, trustAfter, verifyCheckpoint } from '@pennypost/sdk/verifier'
 *
 * const checkpoint = verifyCheckpoint(signed, trust)
 * const next = { view: applyCheckpoint(view, checkpoint), trust: trustAfter(checkpoint, trust) }
 * ```
 */
export function verifyCheckpoint(
  signed: SignedCheckpoint,
  trust: CheckpointTrust,
  { now = Date.now() / 1000 }: { readonly now?: number | undefined } = {},
): Checkpoint {
  const checkpoint = decodeCheckpoint(signed.checkpoint)
  requireOurs(checkpoint, trust)
  if (Number(checkpoint.issuedAt) > now + maxAhead) throw new CheckpointInvalidError('Its time has not come.')
  if (!equalBytes(checkpoint.roots.at(-1) ?? checkpoint.root, checkpoint.root)) {
    throw new CheckpointInvalidError('Its last root is not its root.')
  }
  if (!isAscending(checkpoint.leaks))
    throw new CheckpointInvalidError('Its leaked secrets are not in order, each once.')
  if (trust.officeEndsAt !== undefined && Number(checkpoint.issuedAt) > trust.officeEndsAt) {
    throw new CheckpointInvalidError("Its signers' office is over.")
  }
  const trusted = signersOf(signed, trust.signers).length
  if (trusted < Math.max(1, trust.threshold)) {
    throw new CheckpointInvalidError(`${trusted} of its signers are known, ${trust.threshold} are needed.`)
  }
  requireTrees(checkpoint)
  return checkpoint
}

/** A checkpoint with the signatures of some signers (EIP-55), one each, and nothing else: what is kept and handed on. */
export function withoutRest(signed: SignedCheckpoint, known: readonly Address[]): SignedCheckpoint {
  const { checkpoint, $typeName, signatures } = signed
  const found = new Map<Address, (typeof signatures)[number]>()
  for (const one of signatures.slice(0, maxSignatures)) {
    const [signer] = signersOf({ $typeName, checkpoint, signatures: [one] }, known)
    if (signer) found.set(signer, { ...one, signer: addressToBytes(signer) })
  }
  const canonical = encodeCheckpoint(decodeCheckpoint(checkpoint))
  return { $typeName, checkpoint: canonical, signatures: [...found.values()] }
}

/** Which of some signers (EIP-55) have signed a checkpoint, whatever else is said of who has. */
export function signersOf({ checkpoint, signatures }: SignedCheckpoint, known: readonly Address[]): Address[] {
  const digest = checkpointDigest(decodeCheckpoint(checkpoint))
  const signers = new Set(signatures.slice(0, maxSignatures).map(({ signature }) => recoverSigner(signature, digest)))
  return [...new Set(known)].filter((signer) => signers.has(signer))
}

/** One that is said again would take the place of another, of which there are only so many. */
const isAscending = (words: readonly Uint8Array[]): boolean =>
  words.every((word, i) => i === 0 || fromBytes(word) > fromBytes(words[i - 1] ?? word))

function requireOurs(checkpoint: Checkpoint, { networkId, chainId, noteTree, registry }: CheckpointTrust): void {
  const foreign =
    (!equalBytes(checkpoint.networkId, networkId) && 'network') ||
    (checkpoint.chainId !== chainId && 'chain') ||
    (!equalBytes(checkpoint.noteTree, addressToBytes(noteTree)) && 'note tree') ||
    (!equalBytes(checkpoint.registry, addressToBytes(registry)) && 'registry')
  if (foreign) throw new CheckpointInvalidError(`It is for another ${foreign}.`)
}

/** The trees are not signed; they give the root that is, in one way only. */
function requireTrees({ trees, root }: Checkpoint): void {
  const isPadded = trees.length > 1 && equalBytes(trees.at(-1) ?? emptyTreeRoot, emptyTreeRoot)
  const isInRange = trees.length >= 1 && trees.length <= 2 ** FOREST_DEPTH && !isPadded
  if (isInRange && equalBytes(forestRootOf(trees), root)) return
  throw new CheckpointInvalidError('Its trees do not give its root.')
}

/** Whose checkpoints count after this one, which names the next signers if they change. */
export function trustAfter(checkpoint: Checkpoint, trust: CheckpointTrust): CheckpointTrust {
  const { signers, threshold, officeEndsAt } = checkpoint
  if (signers.length === 0) return trust
  return {
    ...trust,
    signers: signers.map((signer) => checksumAddress(`0x${toHex(signer)}`)),
    threshold,
    officeEndsAt: officeEndsAt === 0n ? undefined : Number(officeEndsAt),
  }
}

/**
 * The view after one more checkpoint. One that is not newer changes nothing; any other must follow from the last one, and
 * the first of all from the empty log, or it throws {@link CheckpointInvalidError}. A root is remembered for as long as
 * the longest window of any class.
 *
 * @example
 * ```ts
 * import { applyCheckpoint, trustAfter, verifyCheckpoint } from '@pennypost/sdk/verifier'
 *
 * const next = verifyCheckpoint(signed, trust)
 * const nextView = applyCheckpoint(view, next)
 * const nextTrust = trustAfter(next, trust) // whoever signs from now on
 * console.log(nextView.latest.sequence, nextTrust.signers)
 * ```
 */
export function applyCheckpoint(view: CheckpointView | undefined, checkpoint: Checkpoint): CheckpointView {
  if (view && checkpoint.sequence <= view.latest.sequence) return view
  requireFollows(checkpoint, view?.latest)
  const issuedAt = Number(checkpoint.issuedAt)
  const epoch = factEpochOf(issuedAt)
  const factBlock = view?.factBlock?.epoch === epoch ? view.factBlock : { epoch, hash: checkpoint.blockHash }
  if (!view) return { latest: checkpoint, superseded: new Map(), factBlock }

  const window = Math.max(...checkpoint.classes.map(({ rootWindow }) => rootWindow))
  const kept = [...view.superseded].filter(([, at]) => at + window >= issuedAt)
  const current = currentRoots(checkpoint)
  const left = [...currentRoots(view.latest)].filter((root) => !current.has(root))
  return {
    latest: checkpoint,
    factBlock,
    superseded: new Map([...kept, ...left.map((root) => [root, issuedAt] as const)]),
  }
}

/** Whether nobody has signed for a day: then nothing is known of the chain, and no root is good. */
export const isStale = ({ latest }: CheckpointView, now: number): boolean => now > Number(latest.issuedAt) + lifetime

/** Whether a class may still use a tree's root at `now`: while it is the newest, and for the class's window after. */
export function isRootValid(view: CheckpointView, root: bigint, when: RootUse): boolean {
  const { latest, superseded } = view
  if (isStale(view, when.now)) return false
  if (currentRoots(latest).has(root)) return true
  const at = superseded.get(root)
  return at !== undefined && when.now <= at + when.rootWindow
}

const known = new WeakMap<Checkpoint, ReadonlySet<bigint>>()

/** The roots of a checkpoint's trees. Each ticket is looked up here, so they are read once. */
function currentRoots(checkpoint: Checkpoint): ReadonlySet<bigint> {
  const roots = known.get(checkpoint) ?? new Set(checkpoint.trees.map(fromBytes))
  known.set(checkpoint, roots)
  return roots
}

/** When a root is used, and how long its class lets it live after it was superseded; seconds. */
export type RootUse = { readonly now: number; readonly rootWindow: number }

/** What comes before the first checkpoint. */
const nothing = { sequence: 0n, operations: 0n, issuedAt: 0n, logHash: new Uint8Array(32), root: undefined }

/** Throws unless a checkpoint can be the one after another, or the first. */
function requireFollows(next: Checkpoint, last: Checkpoint | undefined): void {
  const before = last ?? nothing
  const operations = Number(next.operations - before.operations)
  const fault =
    (next.sequence !== before.sequence + 1n && 'Its number is not the next.') ||
    (!equalBytes(next.previous, last ? checkpointDigest(last) : new Uint8Array(32)) && 'It names another before it.') ||
    (next.issuedAt < before.issuedAt && 'It is older than the one before.') ||
    (operations !== next.roots.length && 'It does not have one root for each operation since.') ||
    (operations === 0 && !hasSameLog(next, before) && 'Its log is another, though no operation was added.')
  if (fault) throw new CheckpointInvalidError(`It does not follow from number ${before.sequence}. ${fault}`)
}

const hasSameLog = (
  next: Checkpoint,
  { logHash, root }: Pick<Checkpoint, 'logHash'> & { root: Uint8Array | undefined },
) => equalBytes(next.logHash, logHash) && (root === undefined || equalBytes(next.root, root))

/** Seconds that a signer's clock may be ahead of ours. */
const maxAhead = 300

/** Seconds that a checkpoint is good if no other follows. */
const lifetime = 86_400

const maxSignatures = 64

/** The last byte may be 27 or 28, as wallets write it, or 0 or 1. */
function recoverSigner(signature: Uint8Array, digest: Uint8Array): Address | undefined {
  if (signature.length !== 65) return undefined
  try {
    const recovery = (signature[64] ?? 0) % 27
    return addressOf(recoverPublicKey({ bytes: signature.subarray(0, 64), recovery }, digest))
  } catch {
    return undefined
  }
}

/** A checkpoint that must not be followed. */
export class CheckpointInvalidError extends BaseError {
  readonly code = 'checkpoint.invalid'
}
