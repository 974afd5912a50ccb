import type { Checkpoint, NetworkTerms } from '@pennypost/sdk/codec'
import { concatBytes, equalBytes, toAddress } from '@pennypost/sdk/crypto'
import { termsHash, unsaidTerms } from '@pennypost/sdk/verifier'
import type { Clock } from '../../plugins/clock.ts'
import type { ChainReader, SignerSet } from '../chain/index.ts'
import { leaksAt } from '../ledger/index.ts'
import type { BlockRef, Office, ProverStore } from '../store/index.ts'

/** What a checkpoint says of its moment, besides its place in the chain of checkpoints. */
export type Said = {
  readonly block: BlockRef
  /** Operations of the log that it covers. */
  readonly operations: number
  /** Unix seconds. */
  readonly issuedAt: number
  readonly terms: NetworkTerms
  /** Who signs from the next checkpoint on; undefined if that stays as it is. */
  readonly office: Office | undefined
  /** Secrets of stakes that were slashed lately, sorted. */
  readonly leaks: readonly Uint8Array[]
}

/** When a checkpoint is made, and what it says. */
export type Schedule = {
  /** What the checkpoint after another says, if it is due at the newest block that counts. */
  next(last: Checkpoint | undefined, head: BlockRef): Promise<Said | undefined>
  /** Whose signatures count on the one after another: those of enough members of any of these sets. */
  signers(last: Checkpoint | undefined, moment: Moment): Promise<readonly SignerSet[]>
  /**
   * What a checkpoint over so many operations has to say that was made at a block; undefined if there can be none, and
   * 'ahead' where that block is not read yet. Missing where a checkpoint does not follow from the chain alone.
   */
  at?(last: Checkpoint | undefined, place: Place): Promise<Said | 'ahead' | undefined>
}

/** The time and block of a checkpoint, and the newest block that counts. */
export type Moment = Pick<Said, 'issuedAt' | 'block'> & { readonly head: BlockRef }

/** Where and when a checkpoint was made, as it says itself, and the newest block that counts. */
export type Place = Pick<Said, 'issuedAt' | 'operations'> & { readonly block: bigint; readonly head: BlockRef }

/** More roots could not be disputed in one transaction. */
export const mostRoots = 1_024

type Options = {
  readonly chain: Pick<ChainReader, 'classes' | 'time'>
  readonly store: ProverStore
  readonly nodes: NetworkTerms['nodes']
  /** Whose word on facts counts. */
  readonly issuers: () => NetworkTerms['issuers']
  /** Whose signatures count on the first checkpoint, and on all until others are named. */
  readonly genesis: SignerSet
  /** Seconds after which a checkpoint is made although nothing happened but new blocks. */
  readonly interval: number
  readonly clock: Clock
  readonly maxRoots?: number | undefined
}

/** Without a registry there is one prover, and a checkpoint is due when it looks and something is new. */
export function createOwnSchedule(options: Options): Schedule {
  const { chain, store, nodes, issuers, genesis, interval, clock, maxRoots = mostRoots } = options
  /** Of a block that said nothing new: it is not asked for again at each look. What may be signed is read anew. */
  let known: Read | undefined
  async function readAt({ number, hash }: BlockRef): Promise<Read> {
    return { hash, time: await chain.time(number), classes: await chain.classes(number) }
  }

  async function sayAt(last: Checkpoint | undefined, block: BlockRef, { time, classes }: Read): Promise<Said> {
    const whole = (await store.position())?.operations ?? 0
    return {
      block,
      operations: Math.min(whole, Number(last?.operations ?? 0n) + maxRoots),
      issuedAt: Math.max(Math.min(Math.floor(clock()), time + mostAhead), Number(last?.issuedAt ?? 0n)),
      terms: { ...unsaidTerms, classes, nodes, issuers: issuers() },
      office: undefined,
      leaks: await leaksAt(store, { block: block.number, time }),
    }
  }

  const isOld = (last: Checkpoint, block: BlockRef): boolean =>
    clock() - Number(last.issuedAt) >= interval && block.number > last.blockNumber

  return {
    async next(last, block) {
      const isDue = !last || isOld(last, block)
      const read = !isDue && known?.hash === block.hash ? known : await readAt(block)
      known = undefined
      if (last && last.issuedAt > read.time + mostAhead) return undefined // until the chain's clock is there too
      const said = await sayAt(last, block, read)
      if (isDue || isNew(said, last)) return said
      known = read
      return undefined
    },
    signers: async (last) => [signersAfter(last) ?? genesis],
  }
}

/** What the chain says at the end of a block: its time, unix seconds, and the classes of notes. */
type Read = { readonly hash: string; readonly time: number; readonly classes: NetworkTerms['classes'] }

/** Seconds. A checkpoint that is further ahead of the chain's clock is false, however far that lags behind ours. */
const mostAhead = 900

const isNew = ({ operations, terms, leaks }: Said, last: Checkpoint): boolean =>
  BigInt(operations) > last.operations ||
  !equalBytes(termsHash(terms), termsHash(last)) ||
  !equalBytes(concatBytes(...leaks), concatBytes(...last.leaks))

/** Who signs after a checkpoint, if it says so. */
export function signersAfter(last: Checkpoint | undefined): SignerSet | undefined {
  if (!last || last.signers.length === 0) return undefined
  return { signers: last.signers.map(toAddress), threshold: last.threshold }
}
