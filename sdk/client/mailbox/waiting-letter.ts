import { decodeUnattendedLetter, type Escrow, type EscrowMessage, parseTopic } from '../../codec/index.ts'
import { type Address, equalBytes, toAddress, toHex } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import {
  claimKeyId,
  combineShares,
  EscrowMalformedError,
  isAnswerOf,
  isShareOf,
  isThreshold,
  openOnChannel,
  openShare,
  type Share,
} from '../../escrow/index.ts'
import type { TaggedEnvelope } from '../../transport/index.ts'
import { makeLane, type OwnLane } from '../lanes/lane.ts'

/** How far a trustee has come with a letter: what it was asked, and what it has answered. */
export type TrusteeState = {
  /** Undefined where the sender's own client is the trustee. */
  readonly address: Address | undefined
  /** `wrong`: it has signed a share that is none. */
  readonly state: 'not-asked' | 'asked' | 'released' | 'refused' | 'wrong'
  /** Why it was refused, or could not be asked. */
  readonly code?: string | undefined
}

/** A trustee of a letter, with what this client knows of it. */
export type Trustee = {
  readonly index: number
  /** 20 bytes, or none. */
  readonly account: Uint8Array
  readonly lane: OwnLane
  readonly key: Uint8Array
  state: TrusteeState
  share: Uint8Array | undefined
  /** Shares that fit nothing, so far. */
  misses: number
}

/** The most shares that fit nothing which are looked at, of one trustee: each takes curve arithmetic. */
const mostMisses = 64

/** A letter that waits for the shares of its key. */
export type WaitingLetter = {
  /** 32 bytes. */
  readonly name: Uint8Array
  readonly escrow: Escrow
  readonly sealed: Uint8Array
  readonly envelope: TaggedEnvelope
  readonly trustees: readonly Trustee[]
}

/** Reads what lies on the account's unattended topic; throws where it can never be opened. */
export function readWaiting(envelope: TaggedEnvelope): WaitingLetter {
  const { escrow, sealed } = decodeUnattendedLetter(envelope.message)
  if (escrow?.letter.length !== 32 || !isThreshold(escrow.threshold, escrow.trustees.length))
    throw new EscrowMalformedError('The letter does not say how its key is got.')
  if (escrow.commitments.length !== escrow.threshold)
    throw new EscrowMalformedError('There is not one commitment for each share that it takes.')
  const letter = { name: escrow.letter, escrow, sealed, envelope, trustees: escrow.trustees.map(readTrustee) }
  secretOfLetter(letter) // none yet: throws where there will never be one
  return letter
}

function readTrustee({ address: account, lane, key }: Escrow['trustees'][number], place: number): Trustee {
  if (lane?.key.length !== 32 || key.length !== 32 || !(account.length === 0 || account.length === 20))
    throw new EscrowMalformedError('A trustee of the letter cannot be asked.')
  const { kind, ephemeral } = parseTopic(lane.topic)
  if (kind !== 'message' || ephemeral) throw new EscrowMalformedError('A channel is the topic of a conversation.')
  const address = account.length === 20 ? toAddress(account) : undefined
  const { topic, units, expiresAt } = lane
  return {
    index: place + 1,
    account,
    lane: makeLane(lane.key, { topic, units, expiresAt }),
    key,
    state: { address, state: 'not-asked' },
    share: undefined,
    misses: 0,
  }
}

/** Who asks, on which network, to open what trustees answer. */
export type Asking = {
  readonly networkId: Uint8Array
  readonly identityKey: Uint8Array
  readonly identitySecret: Uint8Array
}

/**
 * Takes in a message of a trustee's channel, where everybody who can claim could write: only what the trustee has signed, or what
 * is a share by itself, counts for or against it. Answers whether it was this account's own claim.
 */
export function takeAnswer(letter: WaitingLetter, trustee: Trustee, { message, asking }: Answering): boolean {
  if (trustee.state.state === 'released' || trustee.misses >= mostMisses) return false
  const kind = openAnswer(message, { topic: trustee.lane.topic, key: trustee.key })
  const keyId = claimKeyId(asking.identityKey)
  if (kind?.case === 'claim') return equalBytes(kind.value.release?.identityKey ?? new Uint8Array(), asking.identityKey)
  if (kind?.case === 'refused' && equalBytes(kind.value.keyId, keyId)) {
    trustee.state = { ...trustee.state, state: 'refused', code: kind.value.code }
  }
  if (kind?.case === 'share' && equalBytes(kind.value.keyId, keyId))
    takeShare(letter, trustee, { ...kind.value, asking })
  return false
}

type Answering = { readonly message: Uint8Array; readonly asking: Asking }

function openAnswer(message: Uint8Array, channel: { readonly topic: string; readonly key: Uint8Array }) {
  try {
    return openOnChannel(message, channel).kind
  } catch (error) {
    if (error instanceof BaseError) return undefined // whoever can claim can write anything
    throw error
  }
}

type Handed = Pick<Extract<EscrowMessage['kind'], { case: 'share' }>['value'], 'sealed' | 'bundle' | 'signature'> & {
  readonly asking: Asking
}

function takeShare(
  { name, escrow }: WaitingLetter,
  trustee: Trustee,
  { sealed, bundle, signature, asking }: Handed,
): void {
  const { index, account, state } = trustee
  const share = openShare(sealed, { letter: name, identitySecret: asking.identitySecret })
  if (share && isShareOf({ index, share }, { commitments: escrow.commitments, trustees: escrow.trustees.length })) {
    trustee.share = share
    trustee.state = { address: state.address, state: 'released' }
    return
  }
  trustee.misses++
  const answer = { letter: name, index, sealed, bundle, signature }
  if (account.length === 20 && isAnswerOf(asking.networkId, answer, account))
    trustee.state = { address: state.address, state: 'wrong', code: 'share.wrong' }
}

/** The secret of a letter, once enough trustees have handed out theirs. */
export function secretOfLetter({ escrow, trustees }: WaitingLetter): Uint8Array | undefined {
  const shares = trustees.flatMap(({ index, share }): Share[] => (share ? [{ index, share }] : []))
  return combineShares(shares, { commitments: escrow.commitments, trustees: trustees.length })
}

/** What names a letter in lists. */
export const nameOf = ({ name }: Pick<WaitingLetter, 'name'>): string => toHex(name)
