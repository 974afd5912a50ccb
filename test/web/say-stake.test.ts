import { describe, expect, test } from 'vitest'
import { pressOnStake, type Stake, sayStake } from '../../web/money/say-stake.ts'
import { readDevice, writeDevice } from '../../web/session/device.ts'
import { deviceOf } from '../helpers/network.ts'

const token = { decimals: 0 }
const terms = { amount: 100n, penalty: 50n, limit: 3, epochLength: 86_400 }
const made = { class: 1, amount: 100n, leafIndex: 0, exitAt: 0n, isSlashed: false }
const left = (count: number) => [{ class: 1, left: count, nextEpochAt: 1_800_000_000, units: 1, laneTtl: 1 }]

const stakeOf = (changes: Partial<Stake>): Stake => ({
  deposit: undefined,
  tickets: [],
  terms,
  device: { index: 0, count: 1 },
  ...changes,
})
const pressAt = (seconds: number, changes: Partial<Stake>) => pressOnStake(stakeOf(changes), { token, seconds })

describe('a stake', () => {
  test('is made on a device that knows its number only', () => {
    expect(pressAt(0, {})).toEqual({ kind: 'deposit', text: 'Deposit 100 tokens', isReady: true })
    expect(pressAt(0, { device: undefined })).toBeUndefined()
  })

  test('can be taken back from everywhere, first begun and then withdrawn when its time has come', () => {
    const device = undefined
    expect(pressAt(0, { deposit: made, device })).toMatchObject({ kind: 'begin', isReady: true })
    const going = { deposit: { ...made, amount: 50n, exitAt: 1_000n }, device }
    expect(pressAt(999, going)).toEqual({ kind: 'withdraw', text: 'Withdraw 50 tokens', isReady: false })
    expect(pressAt(1_000, going)).toMatchObject({ kind: 'withdraw', isReady: true })
  })

  test.each<[string, Partial<Stake>, RegExp]>([
    ['its terms', {}, /^A deposit of 100 tokens gives 3 tickets every day, .* less 50 tokens where a ticket was used/],
    ['longer epochs', { terms: { ...terms, epochLength: 7 * 86_400 } }, /tickets every 7 days/],
    ['shorter epochs', { terms: { ...terms, epochLength: 7_200 } }, /tickets every 2 hours/],
    ['what is left', { deposit: made, tickets: left(2) }, /deposited 100 tokens.* 2 tickets are left until .*2027/],
    ['the last one', { deposit: made, tickets: left(1) }, /One ticket is left until/],
    ['that none is', { deposit: made, tickets: left(0) }, /No ticket is left until/],
    [
      'when it comes back',
      { deposit: { ...made, exitAt: 1_800_000_000n } },
      /^100 tokens can be withdrawn from .*2027/,
    ],
    ['that it was slashed', { deposit: { ...made, exitAt: 1n, isSlashed: true } }, /^A ticket was used twice: the pen/],
  ])('says %s', (_, changes, expected) => {
    expect(sayStake(stakeOf(changes), token).join(' ')).toMatch(expected)
  })
})

test('a device remembers which it is, and takes nothing for an answer that is none', async () => {
  const { storage } = deviceOf()
  if (!storage) return expect.fail('There is no storage.')
  expect(await readDevice(storage)).toBeUndefined()
  await writeDevice(storage, { index: 1, count: 3 })
  expect(await readDevice(storage)).toEqual({ index: 1, count: 3 })
  await writeDevice(storage, { index: 3, count: 3 })
  expect(await readDevice(storage)).toBeUndefined()
  expect(await readDevice({ ...storage, get: () => Promise.reject(new Error('gone')) })).toBeUndefined()
})
