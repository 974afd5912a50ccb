import { factClass } from '../../sdk/verifier/index.ts'
import { assumptions, type FactTerms, type Path, type Terms } from './assumptions.ts'

const { tokenCents, gasCents, coreHourCents, hashesPerSecond, pageHashesPerSecond, interestPerYear } = assumptions

/** Gas of whole transactions (contracts/README.md), in units of 100,000. */
const gas = { buy: 0.89, pay: 1.36, settle: 0.71 }

/** Stamps are bought in books; campaigns pay for many recipients at once. */
const [stampsInBook, recipientsOfCampaign] = [64, 100_000]

const year = 365 * 86_400

/** What one letter costs on each path, in cents. */
export type Costs = Readonly<Record<Path, number>>

/** For somebody who writes to a few strangers and has no stake; whoever has one pays nothing more. */
export function honestCosts({ stampPrice, payment, requestBits }: Terms): Costs {
  const { waitingCents, calledSpam } = assumptions.honest
  return {
    request: (2 ** requestBits / pageHashesPerSecond) * waitingCents,
    stake: 0,
    fact: 0,
    stamp: stampPrice * tokenCents + (gas.buy / stampsInBook) * gasCents,
    payment: (payment.base + payment.tip + calledSpam * payment.bond) * tokenCents + gas.pay * gasCents,
  }
}

/** For a campaign, which buys the cheapest of everything and is called spam most of the time. */
export function spamCosts({ stampPrice, stake, payment, requestBits, fact }: Terms): Costs {
  const { calledSpam } = assumptions.spam
  const interest = stake.amount * tokenCents * interestPerYear * (stake.epochSeconds / year)
  return {
    request: (2 ** requestBits / hashesPerSecond / 3_600) * coreHourCents,
    stake: interest / stake.limit,
    fact: fact ? fact.centsPerWeek / factClass.limit : Number.POSITIVE_INFINITY,
    stamp: stampPrice * tokenCents + (gas.buy / stampsInBook) * gasCents,
    payment: lostOnPayment(payment, calledSpam),
  }
}

const { aged, holders, transfers, transferGas, mainnetGasCents, weeks, holdingCents } = assumptions.fact

/** What an account of a farm costs, by the price of 100,000 gas, in cents: whoever sets it up 90 days ahead has it aged. */
export const farmedCost = (gasPrice: number): number => transfers * transferGas * gasPrice

/** Facts that a default rule might take: an age where gas is cheap and where it is not, and a token that costs its interest. */
export const facts = {
  rollup: { centsPerWeek: farmedCost(gasCents) / weeks, held: aged },
  mainnet: { centsPerWeek: farmedCost(mainnetGasCents) / weeks, held: aged },
  holding: { centsPerWeek: (holdingCents * interestPerYear * 7) / 365, held: holders },
} as const satisfies Record<string, FactTerms>

/** What $1,000, say, in accounts of which a fact is so are good for in a month: made once, or held by a token that is sold again. */
export function factHaul(kind: keyof typeof facts, cents: number): Haul & { readonly accounts: number } {
  const price = kind === 'holding' ? holdingCents : farmedCost(kind === 'rollup' ? gasCents : mainnetGasCents)
  const accounts = Math.floor(cents / price)
  const weeksOfMonth = assumptions.days / 7
  const lost = kind === 'holding' ? accounts * facts.holding.centsPerWeek * weeksOfMonth : accounts * price
  return { accounts, letters: Math.floor(accounts * factClass.limit * weeksOfMonth), lostCents: lost }
}

/**
 * What a campaign loses on one letter that it has paid for where some of its readers call it spam, and the others say nothing.
 * What it writes into the letter changes nothing: its reader has from the node what it takes to settle.
 */
export function lostOnPayment({ base, bond, tip }: Terms['payment'], calledSpam: number): number {
  return (base + calledSpam * (bond + tip)) * tokenCents + (gas.pay / recipientsOfCampaign) * gasCents
}

/** What a reader pays to bring its verdict to the chain, in cents. */
export const settlingCost: number = gas.settle * gasCents

/** What somebody with money and wallets gets out of one path in a month, for no other purpose: letters, and what is lost. */
export type Haul = { readonly letters: number; readonly lostCents: number }

/** One spammer's month on one path. Wallets matter only where something is counted by wallet: stakes. */
export function haulOf(path: Path, terms: Terms, means: { readonly cents: number; readonly wallets: number }): Haul {
  const { accounts, days } = assumptions
  const cost = spamCosts(terms)[path]
  if (path === 'stake') {
    const deposit = terms.stake.amount * tokenCents
    const stakes = Math.min(means.wallets, Math.floor(means.cents / deposit))
    const epochs = Math.floor((days * 86_400) / terms.stake.epochSeconds)
    return {
      letters: stakes * terms.stake.limit * epochs,
      lostCents: (stakes * deposit * interestPerYear * days) / 365,
    }
  }
  const affordable = Math.floor(means.cents / cost)
  const room = path === 'request' ? accounts * terms.requestsPerDay * days : accounts * 1_000
  const letters = Math.min(affordable, room)
  return { letters, lostCents: letters * cost }
}

/** What stolen wallets are good for, before they are noticed: their stamps, their connections, their stakes, their age. */
export function stolenHaul({ stake }: Terms, cents: number): Haul & { readonly wallets: number } {
  const { price, stamps, connections, stakers, hours, aged: agedWallets } = assumptions.stolen
  const wallets = Math.floor(cents / price)
  const epochs = Math.ceil((hours * 3_600) / stake.epochSeconds)
  const byFact = agedWallets * factClass.limit * Math.ceil((hours * 3_600) / factClass.epochLength)
  const each = stamps + connections + stakers * stake.limit * epochs + byFact
  return { wallets, letters: Math.floor(wallets * each), lostCents: wallets * price }
}
