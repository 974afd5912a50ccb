import { fc, test as prop } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { homeOf } from '../../../sdk/verifier/index.ts'

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const nodeSets = fc.uniqueArray(bytes32, { minLength: 2, maxLength: 8, selector: (key) => key.join() })
const toNodes = (keys: readonly Uint8Array[]) => keys.map((key) => ({ key }))

test('a set of none has no home', () => {
  expect(homeOf([], new Uint8Array(32))).toBeUndefined()
})

prop.prop([nodeSets, bytes32])('the home does not depend on the order of the nodes', (keys, subject) => {
  expect(homeOf(toNodes(keys.toReversed()), subject)).toEqual(homeOf(toNodes(keys), subject))
})

prop.prop([nodeSets, bytes32])('a node that leaves moves only what was at home there', (keys, subject) => {
  const home = homeOf(toNodes(keys), subject)
  for (const gone of keys) {
    const after = homeOf(toNodes(keys.filter((key) => key !== gone)), subject)
    if (home?.key !== gone) expect(after).toEqual(home)
  }
})

test('each of four nodes is home to about a quarter', () => {
  const nodes = toNodes([1, 2, 3, 4].map((byte) => new Uint8Array(32).fill(byte)))
  const counts = new Map<number, number>()
  for (let i = 0; i < 2000; i++) {
    const subject = new Uint8Array(32)
    new DataView(subject.buffer).setUint32(0, i)
    const byte = homeOf(nodes, subject)!.key[0]!
    counts.set(byte, (counts.get(byte) ?? 0) + 1)
  }
  for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(100)
  expect(counts.size).toBe(4)
})
