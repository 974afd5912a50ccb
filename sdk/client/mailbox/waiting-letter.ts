import { decodeUnattendedLetter, type Escrow, parseTopic, type ReleaseInit } from '../../codec/index.ts'
import { type Address, equalBytes, sha256, toAddress, toHex } from '../../crypto/index.ts'
import { combineShares, EscrowMalformedError, isThreshold, type Share } from '../../escrow/index.ts'
import type { AccountLog } from '../../log/index.ts'
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
  /** When it was asked last, in unix seconds, by whatever client of the account. */
  askedAt: number | undefined
  /** Claims in this account's name that were looked at. */
  claims: number
}

/** A letter that waits for the shares of its key. */
export type WaitingLetter = {
  /** 32 bytes. */
  readonly name: Uint8Array
  readonly escrow: Escrow
  readonly sealed: Uint8Array
  readonly envelope: TaggedEnvelope
  readonly trustees: readonly Trustee[]
  /** What the account's wallet has signed for it, once it has. */
  release: ReleaseInit | undefined
  /** Unix seconds: until when asking is worth it. As the letter says, or later, as somebody has said on a channel of it. */
  until: bigint
}

/** Reads what lies on the account's unattended topic; throws where it can never be opened. */
export function readWaiting(envelope: TaggedEnvelope): WaitingLetter {
  const { escrow, sealed } = decodeUnattendedLetter(envelope.message)
  if (escrow?.letter.length !== 32 || !isThreshold(escrow.threshold, escrow.trustees.length))
    throw new EscrowMalformedError('The letter does not say how its key is got.')
  if (escrow.commitments.length !== escrow.threshold)
    throw new EscrowMalformedError('There is not one commitment for each share that it takes.')
  const trustees = escrow.trustees.map(readTrustee)
  const letter = {
    name: escrow.letter,
    escrow,
    sealed,
    envelope,
    trustees,
    release: undefined,
    until: escrow.expiresAt,
  }
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
    askedAt: undefined,
    claims: 0,
  }
}

/** The secret of a letter, once enough trustees have handed out theirs. */
export function secretOfLetter({ escrow, trustees }: WaitingLetter): Uint8Array | undefined {
  const shares = trustees.flatMap(({ index, share }): Share[] => (share ? [{ index, share }] : []))
  return combineShares(shares, { commitments: escrow.commitments, trustees: trustees.length })
}

/** What tells a letter from others: its name is any that its header says, and could be that of another one. */
export const keyOf = ({ envelope }: Pick<WaitingLetter, 'envelope'>): string => toHex(sha256(envelope.message))

/**
 * Whether a client of the account has opened this letter, and no other that says its name. What an older client has opened goes by the
 * name alone.
 */
export const isOpenedIn = (log: Pick<AccountLog, 'all'>, { name, envelope }: WaitingLetter): boolean =>
  log.all('opened').some(({ letter, envelope: opened }) => {
    return equalBytes(letter, name) && (opened.length === 0 || equalBytes(opened, sha256(envelope.message)))
  })
