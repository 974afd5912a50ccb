import type { Row } from '../row.ts'
import { assumptions } from './assumptions.ts'
import { bondTable, defaults, haulTable, outcomeTable } from './report.ts'
import { simulate } from './simulate.ts'

/** A month of a million accounts under the default terms, beside one in which nothing is asked of anybody. */
export async function benchEconomy(): Promise<Row[]> {
  const month = simulate(defaults)
  const isQuiet = process.argv.includes('--json')
  if (!isQuiet) console.log(`\n${outcomeTable()}\n\n${haulTable()}\n\n${bondTable()}\n`)
  const everyone = assumptions.spam.campaigns
  const unwanted = month.unwantedPerAccount
  const row = { beside: 'no conditions', unit: 'a month' }
  const bought = month.unwanted.stamp
  return [
    { ...row, name: 'unwanted letters, each account', subject: unwanted, anchor: everyone, ratio: unwanted / everyone },
    {
      ...row,
      name: 'those by stamp',
      subject: bought,
      anchor: everyone,
      ratio: bought / everyone,
      goal: { atMost: 0.02 },
    },
  ]
}
