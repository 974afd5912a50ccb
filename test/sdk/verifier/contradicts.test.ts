import { describe, expect, test } from 'vitest'
import type { Checkpoint } from '../../../sdk/codec/index.ts'
import { contradicts } from '../../../sdk/verifier/index.ts'
import { checkpoint, checkpointAfter, forestOf } from '../../helpers/world.ts'

const signer = (byte: number) => new Uint8Array(20).fill(byte)
const filled = new Uint8Array(32).fill(9)
const day = 86_400
const office = { signers: [1, 2, 3].map(signer), threshold: 2, officeEndsAt: 10_000_000_000n }
const first: Checkpoint = { ...checkpoint, ...office }
const seenAt = Number(first.issuedAt)
const next = (roots: bigint[], fields: Partial<Checkpoint> = {}) => checkpointAfter(first, roots, fields)
const grown = next([7n, 8n], { logHash: filled })

/** Both ways, since none of it depends on which was followed. */
const between = (one: Checkpoint, other: Checkpoint) => [
  contradicts(one, other, { seenAt }),
  contradicts(other, one, { seenAt }),
]

describe('one of two checkpoints must be false', () => {
  test.each<[string, Checkpoint, string]>([
    ['states another last root', next([7n, 9n], { logHash: filled }), 'roots'],
    ['states another root on the way', next([6n, 8n], { logHash: filled }), 'roots'],
    ['states another root and goes on', next([6n, 8n, 9n], { logHash: signer(1) }), 'roots'],
    ['states another root and stops', next([6n], { logHash: signer(1) }), 'roots'],
    ['has fewer roots for as many operations', { ...grown, roots: grown.roots.slice(1) }, 'roots'],
    ['has another log of the same length', { ...grown, logHash: new Uint8Array(32) }, 'log'],
    ['has that under another number', { ...grown, logHash: new Uint8Array(32), sequence: 9n, previous: filled }, 'log'],
  ])('where it %s', (_, other, subject) => {
    expect(between(grown, other)).toEqual([subject, subject])
  })
})

describe('both may be true', () => {
  test.each<[string, Checkpoint]>([
    ['it is the same', grown],
    ['it covers fewer operations', next([7n], { logHash: signer(5) })],
    ['it covers more', next([7n, 8n, 9n], { logHash: signer(5) })],
    [
      'it is made at another block and time',
      { ...grown, blockNumber: 999n, blockHash: filled, issuedAt: grown.issuedAt + 60n },
    ],
    ['it has another block hash: only the newest can be shown', { ...grown, blockHash: filled }],
    ['it has other terms or leaks, within a day of their change', { ...grown, requestBits: 9, leaks: [filled] }],
    ['it follows from another', { ...next([6n, 8n], { logHash: filled }), previous: filled }],
    ['it has another number', { ...next([6n, 8n], { logHash: filled }), sequence: 7n }],
    ['it is of another network', { ...next([6n, 8n]), networkId: filled }],
    ['it is of another chain', { ...next([6n, 8n]), chainId: 5n }],
    ['it is of another tree', { ...next([6n, 8n]), noteTree: signer(8) }],
    ['it is of another registry', { ...next([6n, 8n]), registry: signer(8) }],
    ['it names other signers', { ...grown, signers: office.signers.slice(1) }],
  ])('where %s', (_, other) => {
    expect(between(grown, other)).toEqual([undefined, undefined])
  })

  test('where no registry could slash anybody', () => {
    const registry = new Uint8Array(20)
    expect(
      between({ ...grown, registry }, { ...grown, registry, ...forestOf(5n), logHash: filled, roots: [] }),
    ).toEqual([undefined, undefined])
  })
})

describe('an office that another has replaced', () => {
  const fewer = next([], { signers: [signer(3)], threshold: 1 })
  const renewed = next([], { signers: [4, 5].map(signer), officeEndsAt: office.officeEndsAt + 1n })
  const goesOn = (seconds: number) =>
    next([7n], { sequence: 9n, logHash: filled, issuedAt: first.issuedAt + BigInt(seconds) })
  const old = (fields: Partial<Checkpoint>) => next([], fields)

  test.each([
    ['from which somebody was taken', fewer],
    ['that was announced later', renewed],
  ])('by one %s is named for a day and a quarter of an hour', (_, offered) => {
    expect(contradicts(offered, goesOn(day + 900), { seenAt })).toBeUndefined()
    expect(contradicts(offered, goesOn(day + 901), { seenAt })).toBe('office')
  })

  test('is one whoever was alone in it, and none where nobody is named', () => {
    const alone = goesOn(9 * day)
    expect(contradicts(renewed, { ...alone, signers: [signer(1)], threshold: 1 }, { seenAt })).toBe('office')
    expect(contradicts(renewed, { ...alone, signers: [], threshold: 0, officeEndsAt: 0n }, { seenAt })).toBeUndefined()
  })

  test('counts from when that was seen: signers who are named too early are false until then', () => {
    const late = { seenAt: seenAt + 5 * day }
    expect(contradicts(renewed, goesOn(6 * day + 900), late)).toBeUndefined()
    expect(contradicts(renewed, goesOn(6 * day + 901), late)).toBe('office')
  })

  test.each([
    ['one that ended before', old({ signers: [signer(7)], officeEndsAt: office.officeEndsAt - 1n })],
    ['one with more signers, which was before', old({ signers: [1, 2, 3, 4].map(signer) })],
    ['as many others, which cannot be', old({ signers: [1, 2, 4].map(signer) })],
    ['other few, which cannot be', old({ signers: [signer(4)], threshold: 1 })],
    ['nobody, who may have been before', old({ signers: [], threshold: 0, officeEndsAt: 0n })],
    ['the same with another threshold, which cannot be', old({ threshold: 3 })],
  ])('is not by %s', (_, offered) => {
    expect(contradicts(offered, goesOn(9 * day), { seenAt })).toBeUndefined()
  })
})
