import {
  type AnswerStatement,
  answerStatement,
  decodeBundle,
  type EscrowMessage,
  type EscrowMessageInit,
  encodeBundle,
} from '../codec/index.ts'
import { addressToBytes, equalBytes, type RandomBytes, sha256, signDigest, verifyDigest } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { type Identity, verifyBundle } from '../identity/index.ts'
import { isReleased } from './release.ts'
import { sealShare } from './seal-share.ts'

/** What an account asks a trustee with, decoded. */
export type Claim = Extract<EscrowMessage['kind'], { case: 'claim' }>['value']

/** What a trustee holds of one letter. */
export type Held = {
  /** 32 bytes. */
  readonly letter: Uint8Array
  /** 20 bytes. */
  readonly recipient: Uint8Array
  readonly index: number
  readonly share: Uint8Array
  readonly commitments: readonly Uint8Array[]
  /** Unix seconds; from then on nothing is handed out. */
  readonly expiresAt: bigint
}

export type AnswerEdges = {
  /** 32 bytes. */
  readonly networkId: Uint8Array
  /** Unix seconds. */
  readonly now: number
  /** The identity key (65 bytes) of the bundle that the account has published, as of now; undefined where it has none. */
  readonly publishedKey: () => Promise<Uint8Array | undefined>
  /** Why nothing is handed out for what was shown, if all else is as it must be: asked last. */
  readonly unmet: (claim: Claim) => Promise<ClaimRefusalCode | undefined>
  readonly random: RandomBytes
  /** The trustee, which signs what it hands out; absent where the sender itself is the trustee. */
  readonly trustee?: Pick<Identity, 'bundle' | 'keys'> | undefined
}

/** Why a claim is refused, or must be made again later. */
export type ClaimRefusalCode =
  | 'release.invalid'
  | 'release.not-for-this'
  | 'release.key-unknown'
  | 'escrow.expired'
  | 'escrow.withdrawn'
  | 'condition.unmet'

/** What names an identity key in answers: the first 8 bytes of its hash. */
export const claimKeyId = (identityKey: Uint8Array): Uint8Array => sha256(identityKey).slice(0, 8)

/**
 * What a trustee, whoever it is, answers to a claim: its share, sealed to the identity key that the account's own release names and
 * its published bundle has; or why not. Cheapest check first; one signature is verified before anything is asked elsewhere.
 */
export async function answerClaim(held: Held, claim: Claim, edges: AnswerEdges): Promise<EscrowMessageInit> {
  const { release } = claim
  const keyId = claimKeyId(release?.identityKey ?? new Uint8Array())
  const code = await refusalOf(held, claim, edges)
  if (code || !release) return { case: 'refused', value: { code: code ?? 'release.invalid', keyId } }
  const { index, share, letter, commitments } = held
  const { identityKey } = release
  const sealed = sealShare(share, { letter, identityKey, random: edges.random })
  const signed = signAnswer({ letter, index, sealed, keyId, commitments }, edges)
  return { case: 'share', value: { index, sealed, keyId, ...signed } }
}

function signAnswer(answer: AnswerStatement, { trustee, networkId }: Pick<AnswerEdges, 'trustee' | 'networkId'>) {
  if (!trustee) return {}
  const digest = sha256(answerStatement(networkId, answer))
  return { bundle: encodeBundle(trustee.bundle), signature: signDigest(digest, trustee.keys.identityKey.secret).bytes }
}

/** Whether a share was handed out by this trustee (20 bytes): a node, or whoever can claim, could say anything in its name. */
export function isAnswerOf(
  networkId: Uint8Array,
  {
    bundle: bytes,
    signature,
    ...answer
  }: AnswerStatement & { readonly bundle: Uint8Array; readonly signature: Uint8Array },
  trustee: Uint8Array,
): boolean {
  try {
    const bundle = decodeBundle(bytes)
    const isSigned = verifyDigest(signature, sha256(answerStatement(networkId, answer)), bundle.identityKey.publicKey)
    return isSigned && equalBytes(addressToBytes(verifyBundle(bundle)), trustee)
  } catch (error) {
    if (error instanceof BaseError) return false
    throw error
  }
}

async function refusalOf(
  held: Held,
  claim: Claim,
  { networkId, now, publishedKey, unmet }: AnswerEdges,
): Promise<ClaimRefusalCode | undefined> {
  const { release } = claim
  if (!release) return 'release.invalid'
  const isForThis =
    equalBytes(release.account, held.recipient) && release.letters.some((name) => equalBytes(name, held.letter))
  if (!isForThis) return 'release.not-for-this'
  if (BigInt(Math.floor(now)) >= held.expiresAt) return 'escrow.expired'
  if (!isReleased(networkId, release)) return 'release.invalid'
  if (!isClaimBundle(claim, held.recipient)) return 'release.key-unknown'
  const published = await publishedKey()
  if (!published || !equalBytes(published, release.identityKey)) return 'release.key-unknown'
  return unmet(claim)
}

/** Whether the bundle that was shown is the account's, with the key that the release names. */
export function isClaimBundle({ bundle: bytes, release }: Claim, account: Uint8Array): boolean {
  try {
    const bundle = decodeBundle(bytes)
    const isNamed = equalBytes(bundle.identityKey.publicKey, release?.identityKey ?? new Uint8Array())
    return isNamed && equalBytes(addressToBytes(verifyBundle(bundle)), account)
  } catch (error) {
    if (error instanceof BaseError) return false
    throw error
  }
}
