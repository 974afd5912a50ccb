import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import type { GasTable } from './helpers/gas-chain.ts'
import { measureGas } from './helpers/measure-gas.ts'

describe('gas', () => {
  let table: GasTable

  beforeAll(async () => {
    table = await measureGas()
    console.table(table)
  })

  test('what each act uses is what the snapshot says (after a change: vitest run test/contracts/gas.test.ts -u)', async () => {
    await expect(`${JSON.stringify(table, null, 2)}\n`).toMatchFileSnapshot('./gas.snapshot.json')
  })

  test('a purchase with a standing allowance uses at most 95,000', () => {
    expect(table['Postage.buy, another buyer, standing allowance']).toBeLessThanOrEqual(95_000)
    expect(table['Postage.buy, again']).toBeLessThanOrEqual(95_000)
  })

  test('paying uses at most four transfers, for one recipient as for 100,000', () => {
    const most = 4 * table['OpenZeppelin transferFrom, standing allowance']!
    for (const act of ['one recipient, standing allowance', '100,000 recipients', 'again']) {
      expect(table[`Payments.pay, ${act}`], act).toBeLessThanOrEqual(most)
    }
  })

  test('settling uses at most 90,000 alone and 45,000 each of fifty', () => {
    for (const act of ['the only recipient', 'the only recipient, called spam']) {
      expect(table[`Payments.settle, ${act}`], act).toBeLessThanOrEqual(90_000)
    }
    expect(table['Payments.settleMany, 50 of 64 recipients, each']).toBeLessThanOrEqual(45_000)
  })

  test('staking uses at most 130,000, both steps of slashing at most 300,000', () => {
    expect(table['StakeRegistry.stake, standing allowance']).toBeLessThanOrEqual(130_000)
    expect(table['StakeRegistry.commitSlash and slash']).toBeLessThanOrEqual(300_000)
  })

  test('a false root is shown for at most 1,500,000', () => {
    for (const act of ['an append', 'a zeroing']) {
      expect(table[`CheckpointRegistry.slashFalseRoot, ${act}`], act).toBeLessThanOrEqual(1_500_000)
    }
  })

  test('a checkpoint that does not follow is shown for at most 300,000', () => {
    expect(table['CheckpointRegistry.slashBrokenChain']).toBeLessThanOrEqual(300_000)
  })

  test('a notice uses at most 120,000', () => {
    expect(table['Notice.notify, first']).toBeLessThanOrEqual(120_000)
  })

  test('a purchase costs less than adding a member to a Semaphore group', () => {
    expect(table['Postage.buy, again']).toBeLessThan(table['Semaphore addMember, mean of the first 65']!)
  })

  test('the table in contracts/README.md says the same', async () => {
    const readme = await readFile('contracts/README.md', 'utf8')
    for (const [act, gas] of Object.entries(table)) expect(readme).toContain(`| ${act} | ${gas.toLocaleString('en')} |`)
  })

  test('connecting uses at most a quarter more than a bare attestation', () => {
    const most = 1.25 * table['EAS.attest, without a resolver']!
    expect(table['EAS.attest, a connection']).toBeLessThanOrEqual(most)
  })
})
