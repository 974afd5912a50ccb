import { bn254 } from '@noble/curves/bn254.js'
import { groth16, type VerificationKey } from 'snarkjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../../sdk/crypto/field.ts'
import { ticketKey } from '../../../sdk/generated/keys.ts'
import { createMclGroth16 } from '../../../sdk/verifier/groth16-mcl.ts'
import {
  createPortableGroth16,
  type Groth16,
  type ProofItem,
  type VerifyingKeyJson,
} from '../../../sdk/verifier/index.ts'
import {
  baseOrder,
  itemOf,
  type Points,
  proveTickets,
  readCoordinates,
  readPoints,
  twistPoints,
  writeCoordinates,
  writePoints,
} from '../../helpers/proofs.ts'
import { stopSnarkjs, toProofJson } from '../../helpers/snarkjs.ts'
import { createTrapdoor, keyOf, simulateProof } from '../../helpers/trapdoor.ts'
import { ticketRequest } from '../../helpers/world.ts'

let good: ProofItem
let other: ProofItem
const mcl = await createMclGroth16(ticketKey)
const backEnds: [string, Groth16][] = [
  ['portable', createPortableGroth16(ticketKey)],
  ['mcl', mcl],
]

beforeAll(async () => {
  const requests = [ticketRequest(), ticketRequest({ messageId: 1 })] as const
  const [first, second] = await proveTickets(requests)
  good = itemOf(first!, requests[0])
  other = itemOf(second!, requests[1])
})

afterAll(async () => {
  mcl.close()
  await stopSnarkjs()
})

const snarkjsKey = (key: VerifyingKeyJson) =>
  ({ ...key, protocol: 'groth16', curve: 'bn128' }) as unknown as VerificationKey

const bySnarkjs = ({ proof, signals }: ProofItem, key: VerifyingKeyJson = ticketKey) =>
  groth16.verify(snarkjsKey(key), signals.map(String), toProofJson(proof)).catch(() => false)

type Change = (item: ProofItem) => ProofItem

const withSignal =
  (i: number, change: (signal: bigint) => bigint): Change =>
  ({ proof, signals }) => ({
    proof,
    signals: signals.with(i, change(signals[i]!)),
  })
const withCoordinate =
  (i: number, change: (coordinate: bigint) => bigint): Change =>
  ({ proof, signals }) => ({
    signals,
    proof: writeCoordinates(readCoordinates(proof).with(i, change(readCoordinates(proof)[i]!))),
  })
const withPoints =
  (change: (points: Points) => Partial<Points>): Change =>
  ({ proof, signals }) => {
    const points = readPoints(proof)
    return { signals, proof: writePoints({ ...points, ...change(points) }) }
  }

const signalNames = ['root', 'nullifier', 'y', 'tag', 'x', 'scope', 'classId', 'tagScope', 'asOf']
const coordinateNames = ['A.x', 'A.y', 'B.x1', 'B.x0', 'B.y1', 'B.y0', 'C.x', 'C.y']

/** Every one of these is refused by all; snarkjs is asked too. */
const refused: [string, Change][] = [
  ...signalNames.map((name, i): [string, Change] => [
    `another ${name}`,
    withSignal(i, (signal) => (signal + 1n) % FIELD_ORDER),
  ]),
  ...signalNames.map((name, i): [string, Change] => [
    `${name} as an alias`,
    withSignal(i, (signal) => signal + FIELD_ORDER),
  ]),
  ['a negative signal', withSignal(0, (signal) => signal - FIELD_ORDER)],
  ['a signal too few', ({ proof, signals }) => ({ proof, signals: signals.slice(1) })],
  ['a signal too many', ({ proof, signals }) => ({ proof, signals: [...signals, 0n] })],
  ...coordinateNames.map((name, i): [string, Change] => [`another ${name}`, withCoordinate(i, (value) => value ^ 1n)]),
  ...coordinateNames.map((name, i): [string, Change] => [`${name} of 0`, withCoordinate(i, () => 0n)]),
  ['A at infinity', ({ proof, signals }) => ({ signals, proof: proof.map((byte, i) => (i < 64 ? 0 : byte)) })],
  [
    'B at infinity',
    ({ proof, signals }) => ({ signals, proof: proof.map((byte, i) => (i >= 64 && i < 192 ? 0 : byte)) }),
  ],
  ['C at infinity', ({ proof, signals }) => ({ signals, proof: proof.map((byte, i) => (i >= 192 ? 0 : byte)) })],
  ['nothing but zeros', ({ signals }) => ({ signals, proof: new Uint8Array(256) })],
  ['A negated', withPoints(({ a }) => ({ a: a.negate() }))],
  ['B negated', withPoints(({ b }) => ({ b: b.negate() }))],
  ['C negated', withPoints(({ c }) => ({ c: c.negate() }))],
  ['A and C exchanged', withPoints(({ a, c }) => ({ a: c, c: a }))],
  ['A doubled', withPoints(({ a }) => ({ a: a.double() }))],
  ["another proof's A", withPoints(() => ({ a: readPoints(other.proof).a }))],
  ["another proof's B", withPoints(() => ({ b: readPoints(other.proof).b }))],
  ["another proof's C", withPoints(() => ({ c: readPoints(other.proof).c }))],
  ["another proof's signals", ({ proof }) => ({ proof, signals: other.signals })],
  ...Object.entries(twistPoints(1n))
    .slice(0, 4)
    .map(([name, point]): [string, Change] => [`a B that is ${name}`, withPoints(() => ({ b: point }))]),
  [
    'B with a small part outside the subgroup',
    withPoints(({ b }) => ({ b: b.add(twistPoints(2n)['of order 10069']!) })),
  ],
]

/** Encodings that snarkjs has no say in: it takes numbers. */
const misencoded: [string, Change][] = [
  ...coordinateNames.map((name, i): [string, Change] => [
    `${name} plus the field's order`,
    withCoordinate(i, (value) => value + baseOrder),
  ]),
  ['a proof that is too short', ({ proof, signals }) => ({ signals, proof: proof.subarray(1) })],
  ['a proof that is too long', ({ proof, signals }) => ({ signals, proof: new Uint8Array([...proof, 0]) })],
  ['no proof', ({ signals }) => ({ signals, proof: new Uint8Array() })],
  ['only ones', ({ signals }) => ({ signals, proof: new Uint8Array(256).fill(255) })],
]

describe.each(backEnds)('%s', (_, backEnd) => {
  test('accepts what snarkjs accepts', async () => {
    expect(await backEnd.verify([good, other])).toEqual([true, true])
    expect(await Promise.all([bySnarkjs(good), bySnarkjs(other)])).toEqual([true, true])
  })

  test('accepts a malleated proof of the same statement: proof bytes are no identifier', async () => {
    const negated = withPoints(({ a, b }) => ({ a: a.negate(), b: b.negate() }))(good)
    const key = bn254.G2.Point.fromAffine(toG2(ticketKey.vk_delta_2))
    const blinded = withPoints(({ a, b, c }) => ({ b: b.add(key), c: c.add(a) }))(good)
    expect(await backEnd.verify([negated, blinded])).toEqual([true, true])
    expect(await Promise.all([bySnarkjs(negated), bySnarkjs(blinded)])).toEqual([true, true])
  })

  test.each([...refused, ...misencoded])('refuses %s', async (_, change) => {
    expect(await backEnd.verify([change(good)])).toEqual([false])
  })

  test('answers each of many on its own', async () => {
    const items = [...refused, ...misencoded].flatMap(([, change]) => [change(good), other])
    expect(await backEnd.verify(items)).toEqual(items.map((item) => item === other))
  })

  test('answers nothing to nothing', async () => {
    expect(await backEnd.verify([])).toEqual([])
  })
})

describe('any element of the field is a signal', () => {
  const trapdoor = createTrapdoor(3)
  const last = FIELD_ORDER - 1n
  const items = [
    [0n, 0n, 0n],
    [last, last, last],
    [0n, 1n, last],
  ].map((signals): ProofItem => {
    return { signals, proof: simulateProof(trapdoor, signals) }
  })
  const others = items.map(({ proof }, i): ProofItem => ({ proof, signals: items[(i + 1) % 3]!.signals }))

  test.each<[string, (key: VerifyingKeyJson) => Promise<Groth16>]>([
    ['portable', async (key) => createPortableGroth16(key)],
    ['mcl', createMclGroth16],
  ])('%s: from the first to the last, alone and beside others', async (_, create) => {
    const backEnd = await create(keyOf(trapdoor))
    for (const item of items) expect(await backEnd.verify([item])).toEqual([true])
    expect(await backEnd.verify([...items, ...others])).toEqual([true, true, true, false, false, false])
  })
})

describe('snarkjs, the reference', () => {
  test.each(refused)('refuses %s too', async (_, change) => {
    expect(await bySnarkjs(change(good))).toBe(false)
  })
})

describe('a key without a second phase', () => {
  const unsound = { ...ticketKey, vk_delta_2: ticketKey.vk_gamma_2 }

  test('lets anybody forge: A = α, B = β, C = −inputs', async () => {
    const signals = good.signals.map((_, i) => BigInt(i) + 40n)
    const toG1 = ([x, y]: readonly string[]) => bn254.G1.Point.fromAffine({ x: BigInt(x!), y: BigInt(y!) })
    const [constant, ...inputs] = unsound.IC.map(toG1)
    const c = inputs.reduce((sum, point, i) => sum.add(point.multiply(signals[i]!)), constant!).negate()
    const b = bn254.G2.Point.fromAffine(toG2(unsound.vk_beta_2))
    const forged = { signals, proof: writePoints({ a: toG1(unsound.vk_alpha_1), b, c }) }
    expect(await bySnarkjs(forged, unsound)).toBe(true)
  })

  test.each([
    ['gamma = delta', unsound],
    ['gamma = -delta', { ...ticketKey, vk_delta_2: negate(ticketKey.vk_gamma_2) }],
  ])('is refused by both back ends: %s', async (_, key) => {
    expect(() => createPortableGroth16(key)).toThrow(expect.objectContaining({ code: 'key.unsound' }))
    await expect(createMclGroth16(key)).rejects.toMatchObject({ code: 'key.unsound' })
  })

  test('so is one with an input too few', async () => {
    const key = { ...ticketKey, IC: ticketKey.IC.slice(1) }
    expect(() => createPortableGroth16(key)).toThrow(expect.objectContaining({ code: 'key.unsound' }))
    await expect(createMclGroth16(key)).rejects.toMatchObject({ code: 'key.unsound' })
  })
})

type JsonG2 = readonly (readonly string[])[]

function toG2([x, y]: JsonG2) {
  const coordinate = ([c0, c1]: readonly string[]) => ({ c0: BigInt(c0!), c1: BigInt(c1!) })
  return { x: coordinate(x!), y: coordinate(y!) }
}

function negate([x, y]: JsonG2): JsonG2 {
  return [x!, y!.map((part) => String(baseOrder - BigInt(part))), ['1', '0']]
}
