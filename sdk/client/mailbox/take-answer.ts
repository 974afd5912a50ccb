import type { EscrowMessage, ReleaseInit } from '../../codec/index.ts'
import { equalBytes } from '../../crypto/index.ts'
import {
  type Claim,
  claimKeyId,
  isAnswerOf,
  isReleased,
  isShareOf,
  openOnChannel,
  openShare,
} from '../../escrow/index.ts'
import { orNothing } from '../session/peer.ts'
import type { Trustee, WaitingLetter } from './waiting-letter.ts'

/** Who asks, on which network, to open what trustees answer. */
export type Asking = {
  readonly networkId: Uint8Array
  /** 20 bytes. */
  readonly account: Uint8Array
  readonly identityKey: Uint8Array
  readonly identitySecret: Uint8Array
}

export type HandedShare = Extract<EscrowMessage['kind'], { case: 'share' }>['value']

/** The most claims in the account's name that are looked at, of one trustee: each takes the check of a signature. */
const mostClaims = 64

/** What a message of a trustee's channel says to this account: what everybody who can claim could write there. */
export function readAnswer({ lane, key }: Trustee, message: Uint8Array, { identityKey }: Asking) {
  const [kind] = orNothing(() => openOnChannel(message, { topic: lane.topic, key }).kind)
  if (kind?.case === 'claim' || kind?.case === 'change') return kind
  const isToMe =
    (kind?.case === 'refused' || kind?.case === 'share') && equalBytes(kind.value.keyId, claimKeyId(identityKey))
  return isToMe ? kind : undefined
}

/**
 * The release of a claim that this account itself has made, by whatever client. One that only looks so would keep the client from
 * asking.
 */
export function ownRelease(
  { name }: WaitingLetter,
  trustee: Trustee,
  { claim, asking }: { readonly claim: Claim; readonly asking: Asking },
): ReleaseInit | undefined {
  const { networkId, account, identityKey } = asking
  const { release } = claim
  if (!release || !equalBytes(release.account, account) || !equalBytes(release.identityKey, identityKey))
    return undefined
  if (!release.letters.some((letter) => equalBytes(letter, name)) || trustee.claims++ >= mostClaims) return undefined
  return isReleased(networkId, release) ? release : undefined
}

/** Takes in a refusal. Anybody could have said it: it names nobody as wrong, nor takes that back. */
export function takeRefusal(trustee: Trustee, code: string): void {
  const { address, state } = trustee.state
  if (state !== 'released' && state !== 'wrong') trustee.state = { address, state: 'refused', code }
}

/** Takes in a share: only what the trustee has signed, or what is a share by itself, counts for or against it. */
export function takeShare(
  { name, escrow }: WaitingLetter,
  trustee: Trustee,
  handed: HandedShare,
  asking: Asking,
): void {
  const { index, account, state } = trustee
  const { sealed, keyId, bundle, signature } = handed
  const { commitments } = escrow
  if (state.state === 'released') return
  const share = openShare(sealed, { letter: name, identitySecret: asking.identitySecret })
  if (share && isShareOf({ index, share }, { commitments, trustees: escrow.trustees.length })) {
    trustee.share = share
    trustee.state = { address: state.address, state: 'released' }
    return
  }
  const answer = { letter: name, index, sealed, keyId, commitments, bundle, signature }
  if (account.length === 20 && isAnswerOf(asking.networkId, answer, account))
    trustee.state = { address: state.address, state: 'wrong', code: 'share.wrong' }
}
