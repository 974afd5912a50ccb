import { type Checkpoint, decodeCheckpoint, type SignedCheckpoint } from '@pennypost/sdk/codec'
import { equalBytes } from '@pennypost/sdk/crypto'
import { type Contradiction, contradicts, signersOf } from '@pennypost/sdk/verifier'
import type { Clock } from '../plugins/clock.ts'
import { readCheckpoints, readProposal } from '../plugins/read-checkpoints.ts'
import type { Followed, Judged } from './followed.ts'

type Options = {
  readonly followed: Pick<Followed, 'view' | 'at'>
  readonly provers: readonly string[]
  readonly clock: Clock
  readonly fetch: typeof globalThis.fetch
  readonly signal: AbortSignal
}

/** What a prover would have signed, and since when it says so. */
type Offered = { readonly signed: SignedCheckpoint; readonly made: Checkpoint; readonly seenAt: number }

const timeoutMs = 2_000

const subjects: Readonly<Record<Contradiction, string>> = {
  roots: 'the roots of the trees',
  log: 'the log',
  office: 'who signs checkpoints',
}

/**
 * Hears what each prover would sign, and whether it speaks against what others have signed. A checkpoint is in doubt where
 * all signers in office who did not sign it have signed what contradicts it: either they or the others lose their bonds.
 */
export function createDoubts({ followed, provers, clock, fetch, signal }: Options) {
  const offers = new Map<string, Offered>()
  let standing: string | undefined

  async function ask(url: string): Promise<void> {
    const offered = await readProposal({ fetch, url, signal, timeoutMs })
    const known = offers.get(url)
    const stands = known && (await standsBy(url, known, offered))
    if (known && stands) offers.set(url, { ...known, signed: stands })
    else if (offered) offers.set(url, { signed: offered, made: decodeCheckpoint(offered.checkpoint), seenAt: clock() })
    else offers.delete(url)
  }

  /** What a prover offered before, if it still does: or has signatures enough for it, though others may not think so. */
  async function standsBy(url: string, known: Offered, offered: SignedCheckpoint | undefined) {
    if (offered && isSame(known.signed, offered)) return offered
    if (!(await isOther(known))) return undefined
    const [said] = await readCheckpoints({ fetch, url, signal, timeoutMs, after: known.made.sequence - 1n })
    return said && isSame(said, known.signed) ? said : undefined
  }

  /** Whether another was followed under its number. */
  async function isOther({ signed, made }: Offered): Promise<boolean> {
    const judged = await followed.at(made.sequence)
    return judged !== undefined && !isSame(judged.signed, signed)
  }

  /** The newest that was followed, or what has the number of an offer. */
  async function findStanding(): Promise<string | undefined> {
    const latest = followed.view()?.latest.sequence
    if (latest === undefined || offers.size === 0) return undefined
    const all = [...offers.values()]
    const numbers = all.map(({ made }) => made.sequence).filter((sequence) => sequence < latest)
    for (const number of new Set([latest, ...numbers])) {
      const judged = await followed.at(number)
      const doubt = judged && doubtOf(judged, all)
      if (doubt) return doubt
    }
    return undefined
  }

  return {
    /** Asks every prover; who does not answer says what it said before. Answers what is in doubt of all that is followed. */
    async inquire(): Promise<string | undefined> {
      await Promise.allSettled(provers.map(ask))
      standing = await findStanding()
      return standing
    },
    /** Whether one may not be followed, because it is in doubt or something before it is, and why. */
    about: (candidate: Judged): string | undefined => standing ?? doubtOf(candidate, [...offers.values()]),
  }
}

/** Why a checkpoint is in doubt by what provers offer; undefined if it is not. */
function doubtOf({ signed, trust }: Judged, offers: readonly Offered[]): string | undefined {
  if (offers.length === 0) return undefined
  const made = decodeCheckpoint(signed.checkpoint)
  const agreeing = new Set(signersOf(signed, trust.signers))
  const others = trust.signers.filter((signer) => !agreeing.has(signer))
  const against = offers.flatMap((offer) => {
    const subject = contradicts(offer.made, made, offer)
    return subject ? [{ subject, by: signersOf(offer.signed, others) }] : []
  })
  const doubting = new Set(against.flatMap(({ by }) => by))
  const [first] = against
  if (!first || others.length === 0 || others.some((signer) => !doubting.has(signer))) return undefined
  return `Signers contradict each other on ${subjects[first.subject]}, as of number ${made.sequence}: ${others.join(', ')} against the others.`
}

const isSame = (one: SignedCheckpoint, other: SignedCheckpoint): boolean => equalBytes(one.checkpoint, other.checkpoint)
