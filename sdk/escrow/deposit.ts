import { changeStatement, type Deposit, encodeDeposit, endRefusedStatement, heldStatement } from '../codec/index.ts'
import {
  concatBytes,
  hkdfSha256,
  sha256,
  signDigest,
  signEd25519,
  utf8,
  verifyDigest,
  verifyEd25519,
} from '../crypto/index.ts'
import { isShareOf, secretOf } from './share.ts'

/** What everything that an account holds of one of its letters is derived from: also a client of an old backup has it. */
type LetterOf = {
  /** The secret of the account's identity key, 32 bytes. */
  readonly identitySecret: Uint8Array
  readonly networkId: Uint8Array
  /** The letter's name, 32 bytes. */
  readonly letter: Uint8Array
}

const derived = (name: string, { identitySecret, networkId, letter }: LetterOf): Uint8Array =>
  hkdfSha256(identitySecret, { info: concatBytes(utf8(`pennypost/escrow-${name}/v1`), networkId, letter) })

/** The secret of a letter that an account has written: a scalar of P-256, 32 bytes. */
export const letterSecret = (of: LetterOf): Uint8Array => secretOf(derived('letter', of))

/** The Ed25519 seed with which the account withdraws or extends what it has deposited of the letter. */
export const depositorKey = (of: LetterOf): Uint8Array => derived('depositor', of)

/** Whether what a trustee got can be held: its share fits the commitments, and all is there. */
export function isDeposit(deposit: Deposit): boolean {
  const { letter, recipient, index, share, commitments, trustees, lane, key, depositor } = deposit
  const isShaped = letter.length === 32 && recipient.length === 20 && key.length === 32 && depositor.length === 32
  return isShaped && lane?.key.length === 32 && isShareOf({ index, share }, { commitments, trustees })
}

/** A trustee's word that it holds a deposit: 64 bytes, by its identity key. */
export const signHeld = (networkId: Uint8Array, deposit: Deposit, identitySecret: Uint8Array): Uint8Array =>
  signDigest(sha256(heldStatement(networkId, encodeDeposit(deposit))), identitySecret).bytes

/** Whether it is that word, of that key (65 bytes), of that deposit. */
export const isHeld = (
  networkId: Uint8Array,
  deposit: Uint8Array,
  { signature, identityKey }: { readonly signature: Uint8Array; readonly identityKey: Uint8Array },
): boolean => verifyDigest(signature, sha256(heldStatement(networkId, deposit)), identityKey)

type Change = { readonly letter: Uint8Array; readonly expiresAt: bigint; readonly version: number }

/** The depositor's word on another end of a deposit. */
export const signChange = (networkId: Uint8Array, change: Change, depositor: Uint8Array): Uint8Array =>
  signEd25519(changeStatement(networkId, change), depositor)

/** Whether it is that word. */
export const isChange = (
  networkId: Uint8Array,
  { signature, ...change }: Change & { readonly signature: Uint8Array },
  depositor: Uint8Array,
): boolean => verifyEd25519(signature, changeStatement(networkId, change), depositor)

type EndRefused = { readonly letter: Uint8Array; readonly latest: bigint; readonly version: number }

/** A trustee's word that it keeps nothing for as long as a change asks: 64 bytes, by its identity key. */
export const signEndRefused = (networkId: Uint8Array, refused: EndRefused, identitySecret: Uint8Array): Uint8Array =>
  signDigest(sha256(endRefusedStatement(networkId, refused)), identitySecret).bytes

/** Whether it is that word, of that key (65 bytes). */
export const isEndRefused = (
  networkId: Uint8Array,
  { signature, ...refused }: EndRefused & { readonly signature: Uint8Array },
  identityKey: Uint8Array,
): boolean => verifyDigest(signature, sha256(endRefusedStatement(networkId, refused)), identityKey)
