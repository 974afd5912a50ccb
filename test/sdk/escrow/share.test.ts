import { p256 } from '@noble/curves/nist.js'
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js'
import { describe, expect, test } from 'vitest'
import {
  combineShares,
  dealSecret,
  EscrowMalformedError,
  isShareOf,
  type Share,
  secretOf,
} from '../../../sdk/escrow/index.ts'
import { createDice } from '../../helpers/dice.ts'

const { Fn } = p256.Point
const kinds = [
  [1, 1],
  [2, 3],
  [3, 5],
  [16, 16],
] as const

describe.each(kinds)('a secret dealt %i of %i', (threshold, trustees) => {
  const dice = createDice(`deal ${threshold} of ${trustees}`)
  const secret = secretOf(dice.bytes(32))
  const { commitments, shares } = dealSecret(secret, { threshold, trustees, random: dice.bytes })
  const shared = { commitments, trustees }
  const all: Share[] = shares.map((share, i) => ({ index: i + 1, share }))

  test('each trustee finds its share good, and no other', () => {
    expect(all).toHaveLength(trustees)
    for (const { index, share } of all) {
      expect(isShareOf({ index, share }, shared)).toBe(true)
      const other = (index % trustees) + 1
      expect(isShareOf({ index: other, share }, shared)).toBe(other === index)
    }
  })

  test('as many shares as are enough give it, whichever they are, in any order', () => {
    for (let i = 0; i < 8; i++) {
      const chosen = dice.shuffle(all).slice(0, threshold)
      expect(combineShares(chosen, shared)).toEqual(secret)
    }
  })

  test('one fewer gives nothing, also where one is said twice', () => {
    const fewer = dice.shuffle(all).slice(0, threshold - 1)
    expect(combineShares(fewer, shared)).toBeUndefined()
    expect(combineShares([...fewer, ...fewer, ...fewer], shared)).toBeUndefined()
  })

  test('whatever the secret were, some polynomial has one fewer shares and that secret: they say nothing of it', () => {
    const fewer = all.slice(0, threshold - 1)
    for (let i = 0; i < 4; i++) {
      const candidate = bytesToNumberBE(secretOf(dice.bytes(32)))
      const points = [
        [0n, candidate] as const,
        ...fewer.map(({ index, share }) => [BigInt(index), bytesToNumberBE(share)] as const),
      ]
      const polynomial = interpolate(points)
      expect(polynomial.length).toBeLessThanOrEqual(threshold)
      for (const [x, y] of points) expect(evaluate(polynomial, x)).toBe(y)
    }
  })

  test('wrong shares, of whatever kind, are passed over; the good ones behind them are found', () => {
    const [first] = all
    const bytes = first?.share ?? new Uint8Array()
    const wrong: Share[] = [
      { index: 1, share: secretOf(dice.bytes(32)) },
      { index: 1, share: new Uint8Array(32) },
      { index: 1, share: new Uint8Array(32).fill(0xff) },
      { index: 1, share: new Uint8Array(32).fill(255) }, // beyond the order
      { index: 1, share: bytes.slice(1) },
      { index: 1, share: new Uint8Array() },
      ...[0, -1, 1.5, Number.NaN, trustees + 1, 2 ** 31].map((index) => ({ index, share: bytes })),
    ]
    for (const share of wrong) expect(isShareOf(share, shared)).toBe(false)
    expect(combineShares([...wrong, ...all, ...wrong], shared)).toEqual(secret)
    expect(combineShares([...wrong, ...all.slice(0, threshold - 1), ...wrong], shared)).toBeUndefined()
  })

  test('a share that a dealer made off the polynomial is found by its own trustee', () => {
    const last = all.at(-1) as Share
    const off = { ...last, share: numberToBytesBE(Fn.create(bytesToNumberBE(last.share) + 1n), 32) }
    expect(isShareOf(off, shared)).toBe(false)
  })

  test.each([
    ['none', []],
    ['one too few', commitments.slice(1)],
    ['no point', [new Uint8Array(32).fill(0xff), ...commitments.slice(1)]],
    ['the neutral element', [new Uint8Array(32), ...commitments.slice(1)]],
    ['cut off', [commitments[0]?.slice(1) ?? new Uint8Array(), ...commitments.slice(1)]],
    ['seventeen', Array.from({ length: 17 }, () => commitments[0] as Uint8Array)],
  ])('commitments that are %s fit no share, and do not give another secret', (_, given) => {
    const broken = { commitments: given, trustees }
    for (const share of all) expect(isShareOf(share, broken)).toBe(false)
    const combined = outcomeOf(() => combineShares(all, broken))
    expect([undefined, EscrowMalformedError]).toContain(combined)
  })
})

test.each([
  [0, 1],
  [1, 2],
  [2, 1],
  [1, 3],
  [4, 3],
  [2, 17],
  [17, 17],
  [1.5, 3],
])('%d of %d is not dealt', (threshold, trustees) => {
  const random = createDice('none').bytes
  expect(() => dealSecret(secretOf(random(32)), { threshold, trustees, random })).toThrow(RangeError)
})

test('no seed gives a secret of zero, and two seeds give two', () => {
  const dice = createDice('seeds')
  const secrets = Array.from({ length: 64 }, () => secretOf(dice.bytes(32)))
  expect(new Set(secrets.map(String)).size).toBe(64)
  for (const secret of secrets) expect(bytesToNumberBE(secret)).toBeLessThan(Fn.ORDER)
})

function outcomeOf(step: () => unknown): unknown {
  try {
    return step()
  } catch (error) {
    return (error as Error).constructor
  }
}

type Point = readonly [bigint, bigint]

/** Coefficients, lowest first, of the polynomial through some points (Lagrange). */
function interpolate(points: readonly Point[]): bigint[] {
  return points.reduce<bigint[]>(
    (sum, [x, y], i) => {
      const others = points.filter((_, j) => j !== i)
      const basis = others.reduce<bigint[]>((product, [z]) => timesLinear(product, z), [1n])
      const scale = Fn.mul(y, Fn.inv(others.reduce((product, [z]) => Fn.mul(product, Fn.sub(x, z)), 1n)))
      return sum.map((coefficient, k) => Fn.add(coefficient, Fn.mul(basis[k] ?? 0n, scale)))
    },
    points.map(() => 0n),
  )
}

/** A polynomial times (x - z). */
const timesLinear = (polynomial: readonly bigint[], z: bigint): bigint[] =>
  [0n, ...polynomial].map((shifted, k) => Fn.sub(shifted, Fn.mul(polynomial[k] ?? 0n, z)))

const evaluate = (polynomial: readonly bigint[], x: bigint): bigint =>
  polynomial.reduceRight((sum, coefficient) => Fn.add(Fn.mul(sum, x), coefficient), 0n)
