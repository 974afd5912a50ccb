import { firstSigners } from '../../scripts/ignition/modules/economy.ts'
import { assumptions } from './assumptions.ts'

/** What decides how much a forged checkpoint is worth, and what it costs. Money is in US cents. */
export const forging = {
  /** Letters that one core of a node lets in each second, each with a stamp that nobody paid for: proofs in batches. */
  lettersPerSecond: 940,
  /** The most that such a stamp is worth: what an honest one costs. */
  stampCents: assumptions.tokenCents,
  /** Gas of the dearest dispute, `slashFalseRoot`; and its price on mainnet at 10 gwei and $3,000. */
  disputeGas: 960_000,
  mainnetCentsPerGas: 0.003,
} as const

/** After how long a false checkpoint is followed no more. */
const stops: readonly (readonly [text: string, seconds: number])[] = [
  ['5 s: the node asks a signer who disagrees', 5],
  ['a minute', 60],
  ['an hour', 3_600],
  ['a day: nobody who is asked disagrees', 86_400],
]

/** What a majority wins by forging until it is stopped, and loses. */
export function forgingTable(): string {
  const head = [
    '| stopped after | letters | worth at most | bonds of 2 of 3 | of 3 of 5 | a bond that makes 2 of 3 lose |',
    '| --- | --- | --- | --- | --- | --- |',
  ]
  return [...head, ...stops.map(([text, seconds]) => forgingRow(text, seconds))].join('\n')
}

function forgingRow(text: string, seconds: number): string {
  const letters = forging.lettersPerSecond * seconds
  const worth = letters * forging.stampCents
  const bond = firstSigners.bond * assumptions.tokenCents
  const least = Math.ceil(worth / 2 / assumptions.tokenCents)
  const cells = [text, count(letters), dollars(worth), dollars(2 * bond), dollars(3 * bond), `${count(least)} tokens`]
  return `| ${cells.join(' | ')} |`
}

/** What the first to show a false root gets for each signer, and what showing it costs, on mainnet and on a rollup. */
export function reportingOutcome() {
  const reward = Math.min(firstSigners.bond / 20, firstSigners.rewardCap) * assumptions.tokenCents
  return {
    reward,
    mainnet: forging.disputeGas * forging.mainnetCentsPerGas,
    rollup: (forging.disputeGas / 100_000) * assumptions.gasCents,
  }
}

export const dollars = (cents: number): string => `$${count(Math.round(cents / 100))}`
const count = (value: number): string => value.toLocaleString('en-US')
