/**
 * What the simulation assumes about people and prices. Money is in US cents, time in seconds unless the name says
 * otherwise. docs/economics.md says where each number comes from; change one and run it again.
 */
export const assumptions = {
  accounts: 1_000_000,
  days: 30,
  /** One token. */
  tokenCents: 1,
  /** 100,000 gas on a rollup. */
  gasCents: 0.3,
  /** A rented core, and what it hashes with the processor's SHA instructions; and what a page does. */
  coreHourCents: 4,
  hashesPerSecond: 10_000_000,
  pageHashesPerSecond: 650_000,
  interestPerYear: 0.05,
  honest: {
    /** First letters to strangers, a month. */
    letters: 3,
    /** What one is worth to who writes it: lognormal. */
    value: { median: 50, sigma: 1.5 },
    /** A second of waiting. */
    waitingCents: 0.05,
    /** Who has staked anyway. */
    stakers: 0.02,
    /** Wanted letters that are called spam all the same. */
    calledSpam: 0.02,
  },
  spam: {
    /** Campaigns that each would write to every account once a month. */
    campaigns: 200,
    /** What one delivered letter is worth to a campaign: lognormal, from bulk offers to aimed fraud. */
    value: { median: 0.02, sigma: 2 },
    /** Unwanted letters that are called spam. */
    calledSpam: 0.7,
    /** What one costs whoever gets it. */
    nuisance: 2,
  },
  fact: {
    /** Of those who write, who has had an account in use on the chain for 90 days, and who holds a token of the collection. */
    aged: 0.5,
    holders: 0.02,
    /** What makes an account of a farm: ether is sent to it, and it sends a transaction; each takes so much gas, in 100,000. */
    transfers: 2,
    transferGas: 0.21,
    /** 100,000 gas on mainnet, at 1 gwei and $3,000 for an ether. */
    mainnetGasCents: 30,
    /** Weeks that an account of a farm is of use, before whoever asks for facts knows it. */
    weeks: 13,
    /** The cheapest token of a collection; it is sold again. */
    holdingCents: 5_000,
  },
  stolen: {
    /** A stolen wallet on the market, and what is in it. */
    price: 200,
    stamps: 3,
    connections: 5,
    stakers: 0.02,
    aged: 0.5,
    /** Until its owner notices. */
    hours: 24,
  },
} as const

/** A way to earn a delivery. */
export type Path = 'request' | 'stake' | 'stamp' | 'payment' | 'fact'

/** What accounts ask of strangers, and how many do: any one of the paths is enough. The first, who have said nothing, take a fact too where the network's default rule does. */
export const rules: readonly { readonly share: number; readonly text: string; readonly paths: readonly Path[] }[] = [
  { share: 0.6, text: 'connection or request or stamp 1', paths: ['request', 'stamp'] },
  { share: 0.15, text: 'stamp 1', paths: ['stamp'] },
  { share: 0.1, text: 'stake 1 or stamp 1', paths: ['stake', 'stamp'] },
  { share: 0.1, text: 'stamp 1 or (postage 0.1 and bond 2)', paths: ['stamp', 'payment'] },
  { share: 0.05, text: 'connection', paths: [] },
]

/** What a network can choose. Tokens, not smallest units. */
export type Terms = {
  readonly stampPrice: number
  readonly stake: { readonly amount: number; readonly limit: number; readonly epochSeconds: number }
  readonly payment: { readonly base: number; readonly bond: number; readonly tip: number }
  /** The fact that the default rule takes; it takes none without. */
  readonly fact?: FactTerms
  readonly requestBits: number
  readonly requestsPerDay: number
}

/** A fact, by what an account of which it is so costs a spammer for each week, in cents, and by how many honest senders have one. */
export type FactTerms = { readonly centsPerWeek: number; readonly held: number }
