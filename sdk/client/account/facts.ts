import type { Issuer } from '../../codec/index.ts'
import { type Address, type Hex, isSameKey, personHashOf, secretHashOf } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { askIssuer, type FactProgress, factSecretOf, factTypedData, isMember } from '../../facts/index.ts'
import { groupBy } from '../../group-by.ts'
import type { WalletLike } from '../../identity/index.ts'
import {
  type FactCondition,
  factKinds,
  formatRule,
  isCondition,
  isFact,
  parseRule,
  predicateOf,
} from '../../policy/index.ts'
import { type Fetch, ProverRefusedError } from '../../transport/index.ts'
import { factEpochOf, factExpiryOf } from '../../verifier/index.ts'
import type { Clock } from '../session/clock.ts'
import { type StepOptions, type Tell, tellBoth } from '../session/events.ts'
import { walletUntil } from '../session/wallet-until.ts'
import type { AttestedFact } from '../tickets/attested-facts.ts'
import type { FactNotes } from '../tickets/fact-notes.ts'
import type { TreeKeeper } from '../tickets/tree-keeper.ts'

/** A fact that can be shown without a name. */
export type ObtainedFact = {
  /** In the policy language. */
  readonly condition: string
  /** How many issuers have attested it. */
  readonly issuers: number
  /** Unix seconds; then it is asked for anew. */
  readonly expiresAt: number
}

/** How a fact is obtained. */
export type ObtainOptions = StepOptions & {
  /** Of a list (`member`), the path of the account in it: see `makeMemberList`. */
  readonly path?: readonly Hex[] | undefined
}

export type FactsOptions = {
  readonly wallet: WalletLike
  readonly address: Address
  readonly person: bigint
  readonly identityKey: Uint8Array
  readonly networkId: Uint8Array
  readonly notes: FactNotes
  readonly tree: TreeKeeper
  readonly issuers: () => readonly Issuer[]
  readonly fetch: Fetch | undefined
  readonly clock: Clock
  readonly tell: Tell
}

/**
 * What issuers attest of the account: what it holds, how old it is. An issuer learns the account, the fact and the note; it cannot
 * tell when or toward whom the note is used. Obtain facts ahead: who asks for one and writes a minute later is guessed by the
 * times.
 */
export class Facts {
  readonly #options: FactsOptions

  constructor(options: FactsOptions) {
    this.#options = options
  }

  /**
   * Has a fact attested for this epoch (a week) by as many issuers as the condition asks for. The wallet signs once for each
   * (EIP-712). What is attested already is not asked for again.
   *
   * An issuer that is down, refuses or answers nonsense gives way to the next. Throws `fact.no-issuer` where the network has too
   * few, `prover.refused` with the first reason where too few attest it, such as `fact.not-so`, and `wallet.unfit` for a wallet
   * that signs no typed data. Of a list, `fact.path-wrong` where the path does not lead from the account to its root.
   *
   * @example
   * ```ts
   * const { expiresAt } = await client.facts.obtain('holds eip155:1/erc721:0x23581767a106ae21c074b2276d25e5c3e136a68b')
   * console.log('can be shown until', new Date(expiresAt * 1000))
   * ```
   */
  async obtain(condition: string | FactCondition, step: ObtainOptions = {}): Promise<ObtainedFact> {
    const { tree, issuers, clock, notes } = this.#options
    const fact = readFact(condition)
    this.#checkPath(fact, step)
    await tree.refresh(step)
    const epoch = factEpochOf(clock.seconds())
    const had = (await notes.attested()).filter((one) => predicateOf(one.fact) === predicateOf(fact))
    const others = issuers().filter(({ x, y }) => !had.some(({ issuer }) => isSameKey(issuer, { x, y })))
    if (had.length + others.length < fact.issuers) {
      throw new IssuerMissingError(`${fact.issuers} issuers are asked for; the network names ${issuers().length}.`)
    }
    const more = await this.#ask({ fact, epoch, count: fact.issuers - had.length }, others, step)
    if (more.length > 0) await notes.reserve({ blocks: Number.POSITIVE_INFINITY })
    return { condition: formatRule(fact), issuers: had.length + more.length, expiresAt: factExpiryOf(epoch) }
  }

  /**
   * What can be shown now.
   *
   * @example
   * ```ts
   * for (const { condition } of await client.facts.list()) console.log(condition)
   * ```
   */
  async list(): Promise<ObtainedFact[]> {
    const byFact = groupBy(await this.#options.notes.attested(), ({ fact }) => predicateOf(fact))
    return [...byFact.values()].flatMap((all) =>
      all.slice(0, 1).map(({ fact, epoch }) => ({
        condition: formatRule({ ...fact, issuers: 1 }),
        issuers: all.length,
        expiresAt: factExpiryOf(epoch),
      })),
    )
  }

  /** A path that leads nowhere is nothing that a wallet should sign for. */
  #checkPath(fact: FactCondition, { path = [] }: ObtainOptions): void {
    if (fact.kind !== 'member' || isMember(this.#options.address, { root: fact.root, path })) return
    throw new MemberPathWrongError('The path does not lead from this account to the root of the list.', {
      hint: 'Make it with `makeMemberList(accounts).pathOf(account)` of the whole list.',
    })
  }

  /** Asks one issuer after the other until enough have attested; one that does not gives way to the next. */
  async #ask({ fact, epoch, count }: Wanted, issuers: readonly Issuer[], step: ObtainOptions): Promise<AttestedFact[]> {
    const attested: AttestedFact[] = []
    const failures: unknown[] = []
    for (const issuer of issuers) {
      if (attested.length >= count) break
      try {
        attested.push(await this.#askOne({ fact, epoch }, issuer, step))
      } catch (error) {
        if (!isOfIssuer(error)) throw error
        failures.push(error)
      }
    }
    if (attested.length < count) throw failures.find((error) => error instanceof ProverRefusedError) ?? failures[0]
    return attested
  }

  async #askOne(
    { fact, epoch }: Omit<Wanted, 'count'>,
    issuer: Issuer,
    { signal, onProgress, path }: ObtainOptions,
  ): Promise<AttestedFact> {
    const { wallet, address, person, identityKey, networkId, fetch, notes, tell } = this.#options
    const secretHash = secretHashOf(factSecretOf(identityKey, { networkId, issuer, fact, epoch }))
    const about = { subject: address, fact, epoch, secretHash, personHash: personHashOf(person) }
    const request = { networkId, issuer, ...about }
    const signature = await walletUntil(wallet, signal).signTypedData(factTypedData(request))
    const report = (progress: FactProgress) => tellBoth({ tell }, { onProgress }, { kind: 'attesting', ...progress })
    const asked = { ...request, url: issuer.url, signature, path, fetch, signal, onProgress: report }
    const attested = { fact, issuer: { x: issuer.x, y: issuer.y }, epoch, signature: await askIssuer(asked) }
    await notes.keep(attested)
    return attested
  }
}

type Wanted = { readonly fact: FactCondition; readonly epoch: number; readonly count: number }

function readFact(condition: string | FactCondition): FactCondition {
  const rule = typeof condition === 'string' ? parseRule(condition) : condition
  if (isCondition(rule) && isFact(rule)) return rule
  throw new FactMalformedError(`"${String(condition)}" is no fact.`, {
    hint: `Facts are ${factKinds.join(', ')}.`,
  })
}

/** Whether it is what an issuer said, or that it said nothing. */
const isOfIssuer = (error: unknown): boolean => error instanceof BaseError && error.code.startsWith('prover.')

/** A condition that issuers do not attest. */
export class FactMalformedError extends BaseError {
  override readonly code = 'fact.malformed'
}

/** A path that does not lead from the account to the root of a list. */
export class MemberPathWrongError extends BaseError {
  override readonly code = 'fact.path-wrong'
}

/** The network's terms name too few issuers. */
export class IssuerMissingError extends BaseError {
  override readonly code = 'fact.no-issuer'
}
