import { createQueue } from '../../async.ts'
import type { Issuer } from '../../codec/index.ts'
import { classIdOf, fromBytes, isSameKey, type RandomBytes, toHex } from '../../crypto/index.ts'
import type { ClaimFields, HoldingFields, IssuedClaim, ProvenHolding } from '../../facts/index.ts'
import { groupBy } from '../../group-by.ts'
import type { WalletLike } from '../../identity/index.ts'
import type { Device } from '../../notes/index.ts'
import { type FactCondition, factClassOf, formatRule, isProven, predicateOf } from '../../policy/index.ts'
import { factClass, factEpochOf } from '../../verifier/index.ts'
import type { Clock } from '../session/clock.ts'
import type { SealedStorage } from '../session/sealed-storage.ts'
import { walletUntil } from '../session/wallet-until.ts'
import type { HeldFact } from './fact-notes.ts'
import { decodeClaims, encodeClaims, type KeptClaims, noClaims } from './issued-claims.ts'

export type FactClaimsOptions = {
  readonly wallet: WalletLike
  readonly networkId: Uint8Array
  /** The network's issuers, by the newest checkpoint that is known. */
  readonly issuers: () => readonly Issuer[]
  readonly device: Device | undefined
  readonly sealed: SealedStorage
  readonly random: RandomBytes
  readonly clock: Clock
}

/** One lane that facts are shown for by name. */
export type NamedLane = {
  readonly topic: string
  readonly use: Uint8Array
  readonly signal?: AbortSignal | undefined
}

/** The account's word that it shows its facts for one lane. */
export type NamedWord = { readonly number: number; readonly signature: string }

/** What issuers have signed of the account by name. */
export type FactClaims = {
  /** What issuers in office have signed for this epoch. */
  attested(): Promise<IssuedClaim[]>
  keep(claim: IssuedClaim): Promise<void>
  /** What the state of the chain proves that the account holds in this epoch. */
  proven(): Promise<readonly ProvenHolding[]>
  keepProven(holding: ProvenHolding): Promise<void>
  /** What can be shown. Asks nobody. */
  available(): Promise<HeldFact[]>
  /** Takes one use, for which the wallet signs; undefined where none is left in this epoch. One word serves all facts of a lane. */
  sign(lane: NamedLane): Promise<NamedWord | undefined>
  /** As many claims as the fact asks issuers for, or the proof that it asks for, with the account's word; undefined where they are not there. */
  show(fact: FactCondition, word: NamedWord): Promise<ShownFact[] | undefined>
}

/** What shows a fact by name, as evidence has it. */
export type ShownFact = { case: 'claim'; value: ClaimFields } | { case: 'holding'; value: HoldingFields }

/** Keeps claims, and shows them. */
export function createFactClaims(options: FactClaimsOptions): FactClaims {
  const { wallet, networkId, issuers, device = { index: 0, count: 1 }, random } = options
  const inTurn = createQueue()
  const { kept, save } = createKept(options)

  /** Of issuers in office, in the order of the network's terms. */
  async function attested(): Promise<IssuedClaim[]> {
    const { claims } = await kept()
    return issuers().flatMap((issuer) => claims.filter((claim) => isSameKey(claim.issuer, issuer)))
  }

  return {
    attested,
    keep: (claim) =>
      inTurn(async () => {
        const { claims, ...rest } = await kept()
        await save({ ...rest, claims: [...claims.filter((other) => !isSame(other, claim)), claim] })
      }),
    proven: async () => (await kept()).holdings,
    keepProven: (holding) =>
      inTurn(async () => {
        const { holdings, ...rest } = await kept()
        await save({ ...rest, holdings: [...holdings.filter((other) => !isSameHolding(other, holding)), holding] })
      }),
    async available() {
      const all = await kept()
      if (freeIn(all, device).length === 0) return []
      return [...countIssuers(await attested()), ...all.holdings.map(({ fact }) => heldOf(fact))]
    },
    sign: ({ topic, use, signal }) =>
      inTurn(async () => {
        const { used, ...rest } = await kept()
        const number = pick(freeIn({ used }, device), random)
        if (number === undefined) return undefined
        await save({ ...rest, used: { ...used, numbers: [...used.numbers, number] } })
        const { shownTypedData } = await import('../../facts/index.ts')
        const shown = shownTypedData({ topic, use, number })
        return { number, signature: await walletUntil(wallet, signal).signTypedData(shown) }
      }, signal),
    async show(fact, word) {
      const { showClaim, showHolding } = await import('../../facts/index.ts')
      const named = { networkId, ...word }
      if (isProven(fact)) {
        const found = (await kept()).holdings.find((holding) => isSameHolding(holding, { fact }))
        return found && [{ case: 'holding', value: showHolding(found, named) }]
      }
      const all = (await attested()).filter((claim) => predicateOf(claim.fact) === predicateOf(fact))
      const wanted = distinct(all).slice(0, fact.issuers)
      if (wanted.length < fact.issuers) return undefined
      return wanted.map((claim) => ({ case: 'claim', value: showClaim(claim, named) }))
    },
  }
}

const pick = (free: readonly number[], random: RandomBytes): number | undefined =>
  free[Number(fromBytes(random(6)) % BigInt(Math.max(1, free.length)))]

/** What is kept of this epoch: in the storage, and in this run where there is none. */
function createKept({ sealed, clock }: Pick<FactClaimsOptions, 'sealed' | 'clock'>) {
  let ofThisRun: KeptClaims = noClaims
  return {
    async kept(): Promise<KeptClaims> {
      const epoch = factEpochOf(clock.seconds())
      const stored = decodeClaims(await sealed.get('claims'))
      const others = stored.claims.filter((one) => !ofThisRun.claims.some((own) => isSame(own, one)))
      const more = stored.holdings.filter((one) => !ofThisRun.holdings.some((own) => isSameHolding(own, one)))
      const used = [stored, ofThisRun].flatMap(({ used: made }) => (made.epoch === epoch ? made.numbers : []))
      return {
        claims: [...others, ...ofThisRun.claims].filter((claim) => claim.epoch === epoch),
        holdings: [...more, ...ofThisRun.holdings].filter((holding) => holding.epoch === epoch),
        used: { epoch, numbers: [...new Set(used)] },
      }
    },
    async save(changed: KeptClaims): Promise<void> {
      ofThisRun = changed
      await sealed.set('claims', encodeClaims(changed))
    },
  }
}

/** The uses that a device may still make. */
const freeIn = ({ used: { numbers } }: Pick<KeptClaims, 'used'>, { index, count }: Device): number[] =>
  Array.from({ length: factClass.limit }, (_, number) => number).filter(
    (number) => number % count === index && !numbers.includes(number),
  )

/** How many issuers have attested each fact. */
function countIssuers(claims: readonly IssuedClaim[]): HeldFact[] {
  const byFact = groupBy(claims, ({ fact }) => predicateOf(fact))
  return [...byFact.values()].flatMap((all) =>
    all.slice(0, 1).map(({ fact }) => ({ classId: classIdOf(factClassOf(fact)), issuers: distinct(all).length })),
  )
}

/** One claim of each issuer, in whichever form. */
const distinct = (claims: readonly IssuedClaim[]): IssuedClaim[] => [
  ...new Map(claims.map((claim) => [toHex(claim.issuer.x) + toHex(claim.issuer.y), claim])).values(),
]

const isSame = (one: IssuedClaim, other: IssuedClaim): boolean =>
  isSameKey(one.issuer, other.issuer) && one.form === other.form && predicateOf(one.fact) === predicateOf(other.fact)

const isSameHolding = (one: Pick<ProvenHolding, 'fact'>, other: Pick<ProvenHolding, 'fact'>): boolean =>
  formatRule(one.fact) === formatRule(other.fact)

/** What a proof shows: by nobody's word. */
const heldOf = (fact: ProvenHolding['fact']): HeldFact => ({
  classId: classIdOf(factClassOf(fact)),
  issuers: 0,
  proven: formatRule(fact),
})
