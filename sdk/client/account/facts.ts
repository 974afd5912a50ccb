import type { Issuer } from '../../codec/index.ts'
import { type Address, type Hex, isSameKey, personHashOf, secretHashOf } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import {
  askForClaim,
  askIssuer,
  claimTypedData,
  type FactProgress,
  factSecretOf,
  factTypedData,
  type IssuedClaim,
  isMember,
  type ProvenHolding,
} from '../../facts/index.ts'
import { groupBy } from '../../group-by.ts'
import type { WalletLike } from '../../identity/index.ts'
import {
  type FactCondition,
  factKinds,
  formatRule,
  type HoldsCondition,
  isCondition,
  isFact,
  isProven,
  parseRule,
  predicateOf,
} from '../../policy/index.ts'
import { type Fetch, ProverRefusedError } from '../../transport/index.ts'
import { type ClaimForm, factEpochOf, factExpiryOf } from '../../verifier/index.ts'
import type { Clock } from '../session/clock.ts'
import { type StepOptions, type Tell, tellBoth } from '../session/events.ts'
import { walletUntil } from '../session/wallet-until.ts'
import type { AttestedFact } from '../tickets/attested-facts.ts'
import type { FactClaims } from '../tickets/fact-claims.ts'
import type { FactNotes } from '../tickets/fact-notes.ts'
import type { Prove } from '../tickets/prove-holding.ts'
import type { TreeKeeper } from '../tickets/tree-keeper.ts'
import { FactMalformedError, IssuerMissingError, MemberPathWrongError } from './fact-errors.ts'

/** A fact that can be shown. */
export type ObtainedFact = {
  /** Without a name, as a note; or with it: as an attestation of EAS or a W3C credential. */
  readonly as: FactForm
  /** In the policy language. */
  readonly condition: string
  /** How many issuers have attested it. */
  readonly issuers: number
  /** Unix seconds; then it is asked for anew. */
  readonly expiresAt: number
  /** Of claims by name, as other software reads them: the JSON of an attestation (EAS, off-chain, version 2), or a JWT (`vc+jwt`). */
  readonly documents: readonly string[]
}

/**
 * How a fact is shown: without a name as a `note`; with it as a claim, `eas` or `vc`, or as a `proof` of the chain's state, where the condition
 * says ` by proof`.
 */
export type FactForm = 'note' | ClaimForm | 'proof'

/** How a fact is obtained. */
export type ObtainOptions = StepOptions & {
  /** In which form it is attested: a note unless said otherwise. */
  readonly as?: 'note' | ClaimForm | undefined
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
  readonly claims: FactClaims
  /** Proves what the account holds, by an endpoint of the chain. */
  readonly prove: Prove
  /** Of the network, by the newest checkpoint that is known. */
  readonly chainId: () => bigint
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
   * Of a condition ` by proof`, the chain's endpoint proves what the account holds at the block of the epoch's first checkpoint, and no issuer is
   * asked (`chain.missing`, `holding.unproven`, `fact.not-held`). It is shown by name, as a claim is.
   *
   * With `as: 'eas'` or `'vc'` it is a claim, which names the account to every node and recipient that it is shown to, and takes one more
   * signature of the wallet for each letter. A client shows it only where nothing without a name will do; the quote says so
   * before (`reveals`).
   *
   * @example
   * ```ts
   * const { expiresAt } = await client.facts.obtain('holds eip155:1/erc721:0x23581767a106ae21c074b2276d25e5c3e136a68b')
   * console.log('can be shown until', new Date(expiresAt * 1000))
   *
   * const { documents } = await client.facts.obtain('age eip155:1 >= 90 days', { as: 'vc' })
   * console.log('for other software:', documents[0])
   * ```
   */
  async obtain(condition: string | FactCondition, { as = 'note', ...step }: ObtainOptions = {}): Promise<ObtainedFact> {
    const { tree, issuers, clock, notes } = this.#options
    const fact = readFact(condition)
    this.#checkPath(fact, step)
    await tree.refresh(step)
    const epoch = factEpochOf(clock.seconds())
    if (isProven(fact)) return this.#prove(fact, epoch, step)
    const had = await this.#had(fact, as)
    const others = issuers().filter(({ x, y }) => !had.some(({ issuer }) => isSameKey(issuer, { x, y })))
    if (had.length + others.length < fact.issuers) {
      throw new IssuerMissingError(`${fact.issuers} issuers are asked for; the network names ${issuers().length}.`)
    }
    const more = await this.#ask({ fact, epoch, as, count: fact.issuers - had.length }, others, step)
    if (more.length > 0 && as === 'note') await notes.reserve({ blocks: Number.POSITIVE_INFINITY })
    return obtained([...had, ...more], as, formatRule(fact))
  }

  /** By the state of the chain, whatever issuers say. */
  async #prove(fact: HoldsCondition, epoch: number, step: StepOptions): Promise<ObtainedFact> {
    const { prove, claims } = this.#options
    const known = (await claims.proven()).find((one) => formatRule(one.fact) === formatRule(fact))
    if (!known) await claims.keepProven(await prove(fact, epoch, step))
    return provenOf({ fact, epoch })
  }

  /** What issuers in office have attested of a fact in a form. */
  async #had(fact: FactCondition, as: Asked['as']): Promise<(AttestedFact | IssuedClaim)[]> {
    const { notes, claims } = this.#options
    const all = as === 'note' ? await notes.attested() : (await claims.attested()).filter(({ form }) => form === as)
    return all.filter((one) => predicateOf(one.fact) === predicateOf(fact))
  }

  /**
   * What can be shown now.
   *
   * @example
   * ```ts
   * for (const { condition, as } of await client.facts.list()) console.log(condition, as)
   * ```
   */
  async list(): Promise<ObtainedFact[]> {
    const { notes, claims } = this.#options
    const all = [...(await notes.attested()), ...(await claims.attested())]
    const proven = (await claims.proven()).map(provenOf)
    const alike = groupBy(all, (one) => `${formOf(one)} ${predicateOf(one.fact)}`)
    const attested = [...alike.values()].flatMap((some) =>
      some.slice(0, 1).map((one) => obtained(some, formOf(one), formatRule({ ...one.fact, issuers: 1 }))),
    )
    return [...attested, ...proven]
  }

  /** A path that leads nowhere is nothing that a wallet should sign for. */
  #checkPath(fact: FactCondition, { path = [] }: ObtainOptions): void {
    if (fact.kind !== 'member' || isMember(this.#options.address, { root: fact.root, path })) return
    throw new MemberPathWrongError('The path does not lead from this account to the root of the list.', {
      hint: 'Make it with `makeMemberList(accounts).pathOf(account)` of the whole list.',
    })
  }

  /** Asks one issuer after the other until enough have attested; one that does not gives way to the next. */
  async #ask({ count, ...wanted }: Wanted, issuers: readonly Issuer[], step: ObtainOptions): Promise<Attested[]> {
    const attested: Attested[] = []
    const failures: unknown[] = []
    for (const issuer of issuers) {
      if (attested.length >= count) break
      try {
        attested.push(await this.#askOne(wanted, issuer, step))
      } catch (error) {
        if (!isOfIssuer(error)) throw error
        failures.push(error)
      }
    }
    if (attested.length < count) throw failures.find((error) => error instanceof ProverRefusedError) ?? failures[0]
    return attested
  }

  #askOne({ as, ...asked }: Asked, issuer: Issuer, step: ObtainOptions): Promise<Attested> {
    return as === 'note'
      ? this.#askForNote(asked, issuer, step)
      : this.#askForClaim({ ...asked, form: as }, issuer, step)
  }

  async #askForNote({ fact, epoch }: InEpoch, issuer: Issuer, step: ObtainOptions): Promise<AttestedFact> {
    const { wallet, address, person, identityKey, networkId, notes } = this.#options
    const secretHash = secretHashOf(factSecretOf(identityKey, { networkId, issuer, fact, epoch }))
    const about = { subject: address, fact, epoch, secretHash, personHash: personHashOf(person) }
    const request = { networkId, issuer, ...about }
    const signature = await walletUntil(wallet, step.signal).signTypedData(factTypedData(request))
    const signed = await askIssuer({ ...request, signature, ...this.#edges(issuer, step) })
    const attested = { fact, issuer: { x: issuer.x, y: issuer.y }, epoch, signature: signed }
    await notes.keep(attested)
    return attested
  }

  async #askForClaim(asked: InEpoch & { form: ClaimForm }, issuer: Issuer, step: ObtainOptions): Promise<IssuedClaim> {
    const { wallet, address, networkId, chainId, claims } = this.#options
    const request = { networkId, issuer, subject: address, ...asked }
    const signature = await walletUntil(wallet, step.signal).signTypedData(claimTypedData(request))
    const claim = await askForClaim({ ...request, chainId: chainId(), signature, ...this.#edges(issuer, step) })
    await claims.keep(claim)
    return claim
  }

  #edges({ url }: Issuer, { signal, onProgress, path }: ObtainOptions) {
    const { fetch, tell } = this.#options
    const report = (progress: FactProgress) => tellBoth({ tell }, { onProgress }, { kind: 'attesting', ...progress })
    return { url, path, fetch, signal, onProgress: report }
  }
}

type Attested = AttestedFact | IssuedClaim

type InEpoch = { readonly fact: FactCondition; readonly epoch: number }
type Asked = InEpoch & { readonly as: 'note' | ClaimForm }
type Wanted = Asked & { readonly count: number }

const provenOf = ({ fact, epoch }: Pick<ProvenHolding, 'fact' | 'epoch'>): ObtainedFact => ({
  as: 'proof',
  condition: formatRule(fact),
  issuers: 0,
  expiresAt: factExpiryOf(epoch),
  documents: [],
})

const formOf = (one: Attested): FactForm => ('form' in one ? one.form : 'note')

const obtained = (all: readonly Attested[], as: FactForm, condition: string): ObtainedFact => ({
  as,
  condition,
  issuers: all.length,
  expiresAt: factExpiryOf(all[0]?.epoch ?? 0),
  documents: all.flatMap((one) => ('document' in one ? [one.document] : [])),
})

function readFact(condition: string | FactCondition): FactCondition {
  const rule = typeof condition === 'string' ? parseRule(condition) : condition
  if (isCondition(rule) && isFact(rule)) return rule
  throw new FactMalformedError(`"${String(condition)}" is no fact.`, {
    hint: `Facts are ${factKinds.join(', ')}.`,
  })
}

/** Whether it is what an issuer said, or that it said nothing. */
const isOfIssuer = (error: unknown): boolean => error instanceof BaseError && error.code.startsWith('prover.')
