import { fc, test as prop } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { createPump } from '../../../service/node/pump.ts'

const nextTurn = () => new Promise(setImmediate)

/** A pump whose writes are noted. */
function makePump() {
  const pump = createPump()
  const written: { who: string; name: string; bytes: number }[] = []
  const push = (who: string, name: string, bytes: number) =>
    pump.push(who, { bytes, write: () => written.push({ who, name, bytes }) })
  const names = () => written.map(({ name }) => name)
  return { push, written, names }
}

test('what a turn takes is written at once', () => {
  const { push, names } = makePump()
  for (const name of ['a', 'b', 'c']) push('alice', name, 1000)
  expect(names()).toEqual(['a', 'b', 'c'])
})

test('an envelope of a megabyte for 200 streams of one caller holds up nobody: another is written next', async () => {
  const { push, written, names } = makePump()
  for (let i = 0; i < 200; i++) push('mallory', `m${i}`, 1_000_000)
  expect(written).toHaveLength(1)
  push('alice', 'a', 300)
  await nextTurn()
  expect(names().slice(0, 3)).toEqual(['m0', 'a', 'm1'])
  let turns = 1
  for (; written.length < 201; turns++) await nextTurn()
  expect(turns).toBeGreaterThan(150)
})

prop.prop([
  fc.array(fc.record({ who: fc.constantFrom('a', 'b', 'c'), bytes: fc.nat({ max: 600_000 }) }), { maxLength: 40 }),
])('each is written once, those of one caller in their order', async (writes) => {
  const { push, written } = makePump()
  for (const [i, { who, bytes }] of writes.entries()) push(who, `${i}`, bytes)
  for (let i = 0; written.length < writes.length && i < 100; i++) await nextTurn()
  for (const who of ['a', 'b', 'c']) {
    const expected = writes.flatMap((write, i) => (write.who === who ? [`${i}`] : []))
    expect(written.filter((one) => one.who === who).map(({ name }) => name)).toEqual(expected)
  }
})
