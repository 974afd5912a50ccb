import { ruleToMessage } from '../../codec/index.ts'
import { type Address, addressToBytes, checksumAddress, ed25519PublicKey } from '../../crypto/index.ts'
import { dealSecret, depositorKey, EscrowMalformedError, isThreshold, isTimed } from '../../escrow/index.ts'
import { sealedKeyOf } from '../../letters/index.ts'
import { parseRule } from '../../policy/index.ts'
import type { Budget } from '../postage/budget.ts'
import type { PostageOptions, TrusteeChoice } from '../postage/options.ts'
import { lookUpPeer } from '../session/known-peers.ts'
import type { Recipient } from '../session/peer.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import { TrusteeDeposit } from './deposit-letter.ts'
import { type LetterEscrow, nameLetter } from './letter-escrow.ts'
import type { Mailroom } from './mailroom.ts'

/** A letter's key, shared out among trustees: each gets a deposit before the letter leaves. */
export type TrusteeEscrow = LetterEscrow & {
  readonly deposits: () => readonly TrusteeDeposit[]
  /** Makes another one for a trustee that has refused the one before. */
  readonly replace: (refused: TrusteeDeposit) => void
}

/** Who keeps a key together, checked: throws {@link EscrowMalformedError}. Of several, more than half are enough unless told otherwise. */
export function readChoice({ trustees: named, threshold: wanted, condition: text }: TrusteeChoice, own: Address) {
  const trustees = named.map((address) => checksumAddress(address))
  const threshold = wanted ?? Math.floor(trustees.length / 2) + 1
  if (!isThreshold(threshold, trustees.length))
    throw new EscrowMalformedError(
      `Of ${trustees.length} trustees, ${threshold} cannot be enough: 1 of 1, or 2 to 16 of as many or more.`,
    )
  if (new Set(trustees).size < trustees.length)
    throw new EscrowMalformedError('A trustee is named twice: whoever it is would hold two shares.')
  if (trustees.includes(own)) throw new EscrowMalformedError('Your own account keeps keys without being a trustee.')
  const condition = text === undefined ? undefined : parseRule(text)
  if (condition && !isTimed(condition))
    throw new EscrowMalformedError('Trustees decide conditions of time alone: `after` and `before`.')
  return { trustees, threshold, condition }
}

type To = { readonly recipient: Address; readonly budget: Budget; readonly options: PostageOptions }

/** Shares a letter's key out; refuses where a trustee takes no letters. Sends nothing. */
export async function keepByTrustees(
  mailroom: Mailroom,
  choice: TrusteeChoice,
  { recipient, budget, options }: To,
): Promise<TrusteeEscrow | Refusal> {
  const { session } = mailroom
  const { trustees, threshold, condition } = readChoice(choice, session.keyring.identity.address)
  const peers = await lookUpTrustees(mailroom, trustees, options.signal)
  if ('code' in peers) return peers
  const { of, letter, secret, keptUntil } = nameLetter(session, choice.days)
  const { commitments, shares } = dealSecret(secret, {
    threshold,
    trustees: trustees.length,
    random: session.random,
  })
  const expiresAt = BigInt(keptUntil)
  const fields = {
    letter,
    commitments: [...commitments],
    expiresAt,
    ...(condition && { condition: ruleToMessage(condition) }),
  }
  const shared = { ...fields, trustees: trustees.length, depositor: ed25519PublicKey(depositorKey(of)) }
  const start = (peer: Recipient, i: number) => {
    const mine = { index: i + 1, share: shares[i] ?? new Uint8Array(), recipient: addressToBytes(recipient) }
    return new TrusteeDeposit(mailroom, { peer, budget }, { ...shared, ...mine })
  }
  const deposits = peers.map(start)
  return {
    letter,
    pair: sealedKeyOf(secret),
    quote: { escrow: trustees.length > 1 ? 'threshold' : 'managed', threshold, trustees, keptUntil },
    topics: [],
    header: () => ({ ...fields, threshold, trustees: deposits.map(({ asking }) => asking) }),
    own: () => deposits.map(({ own }) => own),
    deposits: () => deposits,
    replace(refused) {
      const i = deposits.indexOf(refused)
      deposits[i] = start(refused.peer, i)
    },
  }
}

async function lookUpTrustees(
  { session }: Mailroom,
  trustees: readonly Address[],
  signal: AbortSignal | undefined,
): Promise<Recipient[] | Refusal> {
  const peers = await Promise.all(trustees.map((address) => lookUpPeer(session, address, signal)))
  const missing = trustees.filter((_, i) => !peers[i]?.policy.sealedKey)
  if (missing.length > 0)
    return refuse('trustee.unknown', `No trustee of this network: ${missing.join(', ')}. It takes no letters.`)
  return peers.filter((peer) => peer !== undefined)
}
