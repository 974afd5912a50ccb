import { fc, test as prop } from '@fast-check/vitest'
import { bn254 } from '@noble/curves/bn254.js'
import * as publicMcl from 'mcl-wasm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toBytes32 } from '../../../sdk/crypto/abi.ts'
import { concatBytes } from '../../../sdk/crypto/bytes.ts'
import { createCredentialProver } from '../../../sdk/evidence/index.ts'
import { prepareCredential } from '../../../sdk/evidence/prove-credential.ts'
import { credentialKey, ticketKey } from '../../../sdk/generated/keys.ts'
import { createMclGroth16, createMclGroth16Of } from '../../../sdk/verifier/groth16-mcl.ts'
import { loadMcl, sizes, writeFr, writeG1, writeG2 } from '../../../sdk/verifier/groth16-mcl-curve.ts'
import { toWeight, Weigher } from '../../../sdk/verifier/groth16-mcl-weights.ts'
import type { ProofItem, VerifyingKeyJson } from '../../../sdk/verifier/index.ts'
import { credentialRequest } from '../../helpers/credentials.ts'
import {
  itemOf,
  multiply,
  proveTickets,
  readPoints,
  twistPoint,
  twistPoints,
  writePoints,
} from '../../helpers/proofs.ts'
import { ticketRequest } from '../../helpers/world.ts'

let good: ProofItem
let bad: ProofItem
const mcl = await createMclGroth16(ticketKey, { maxBatch: 40 })

beforeAll(async () => {
  const request = ticketRequest()
  const [ticket] = await proveTickets([request])
  good = itemOf(ticket!, request)
  bad = { ...good, signals: good.signals.with(2, 1n) }
})

afterAll(() => mcl.close())

/** Counts how many weights were drawn: a proof that is verified alone needs none. */
function countingRandom() {
  const drawn = { weights: 0 }
  const random = (length: number) => {
    drawn.weights++
    return crypto.getRandomValues(new Uint8Array(length))
  }
  return { drawn, random }
}

describe('a batch of two circuits', () => {
  let both: Awaited<ReturnType<typeof createMclGroth16Of<'ticket' | 'credential'>>>
  let credential: ProofItem
  let badCredential: ProofItem
  beforeAll(async () => {
    both = await createMclGroth16Of({ ticket: ticketKey, credential: credentialKey }, { maxBatch: 40 })
    const prover = createCredentialProver()
    const request = credentialRequest()
    const { proof } = await prover.prove(request)
    prover.close()
    credential = { proof, signals: prepareCredential(request).statement.signals }
    badCredential = { ...credential, signals: credential.signals.with(2, 1n) }
  })
  afterAll(() => both?.close())

  const kinds = ['good ticket', 'bad ticket', 'good credential', 'bad credential'] as const
  const itemsOf = () => ({
    'good ticket': ['ticket', good] as const,
    'bad ticket': ['ticket', bad] as const,
    'good credential': ['credential', credential] as const,
    'bad credential': ['credential', badCredential] as const,
  })

  prop.prop([fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 40 })], { numRuns: 15 })(
    'answers each item as if it were alone, whatever is beside it',
    async (pattern) => {
      const answers = await Promise.all(
        pattern.map(async (kind) => {
          const [circuit, item] = itemsOf()[kind]
          return (await both[circuit].verify([item]))[0]
        }),
      )
      expect(answers).toEqual(pattern.map((kind) => kind.startsWith('good')))
    },
  )

  test('is one equation: of all that both are asked in one tick, and as many weights as proofs', async () => {
    const { drawn, random } = countingRandom()
    const counting = await createMclGroth16Of({ ticket: ticketKey, credential: credentialKey }, { random })
    expect(await Promise.all([counting.ticket.verify([good]), counting.credential.verify([credential])])).toEqual([
      [true],
      [true],
    ])
    expect(drawn.weights).toBe(2)
    counting.close()
  })

  test("takes no proof by the other circuit's key, with its own signals or with as many as that has", async () => {
    const others = [credential, { ...credential, signals: credential.signals.slice(1) }]
    expect(await both.ticket.verify([good, ...others])).toEqual([true, false, false])
    expect(await both.credential.verify([credential, good, { ...good, signals: [...good.signals, 0n] }])).toEqual([
      true,
      false,
      false,
    ])
  })

  /** Four false proofs, made of the keys alone, whose errors cancel out where their weights are the same. */
  function forgeTogether() {
    const { G1, G2 } = bn254
    const pointG1 = ([x = '0', y = '0']: readonly string[]) => G1.Point.fromAffine({ x: BigInt(x), y: BigInt(y) })
    const pointG2 = ([x = [], y = []]: readonly (readonly string[])[]) => {
      const at = ([c0 = '0', c1 = '0']: readonly string[]) => ({ c0: BigInt(c0), c1: BigInt(c1) })
      return G2.Point.fromAffine({ x: at(x), y: at(y) })
    }
    const inputOf = ({ IC }: VerifyingKeyJson, signals: readonly bigint[]) =>
      IC.map(pointG1).reduce((sum, point, k) => (k === 0 ? sum : sum.add(point.multiply(signals[k - 1] ?? 1n))))
    const asked = [good, bad, good, credential]
    const input = asked
      .map(({ signals }, k) => inputOf(k < 3 ? ticketKey : credentialKey, signals))
      .reduce((a, b) => a.add(b))
    const c = G1.Point.BASE
    const proofs = [
      { a: pointG1(ticketKey.vk_alpha_1).multiply(3n), b: pointG2(ticketKey.vk_beta_2), c },
      { a: pointG1(credentialKey.vk_alpha_1), b: pointG2(credentialKey.vk_beta_2), c },
      { a: input, b: pointG2(ticketKey.vk_gamma_2), c: c.double().negate() }, // γ is the same of both
      { a: c, b: pointG2(credentialKey.vk_delta_2), c },
    ].map(writePoints)
    const items = asked.map((item, k) => ({ ...item, proof: proofs[k] ?? item.proof }))
    return { tickets: items.slice(0, 3), credentials: items.slice(3) }
  }

  test('is not fooled by errors of one circuit that cancel out those of the other, unless its weights are known', async () => {
    const { tickets, credentials } = forgeTogether()
    const ask = (backEnds: typeof both) =>
      Promise.all([backEnds.ticket.verify(tickets), backEnds.credential.verify(credentials)])
    expect(await ask(both)).toEqual([[false, false, false], [false]])
    const random = (length: number) => new Uint8Array(length).fill(1)
    const known = await createMclGroth16Of({ ticket: ticketKey, credential: credentialKey }, { random })
    expect(await ask(known)).toEqual([[true, true, true], [true]])
    known.close()
  })

  test('finds a false one in steps, with others in between', async () => {
    let turns = 0
    let isOver = false
    const counting = (async () => {
      for (; !isOver; turns++) await new Promise(setImmediate)
    })()
    const asked = [both.ticket.verify(Array(10).fill(bad)), both.credential.verify(Array(10).fill(badCredential))]
    expect((await Promise.all(asked)).flat()).toEqual(Array(20).fill(false))
    isOver = true
    await counting
    expect(turns).toBeGreaterThanOrEqual(20)
  })
})

describe('a batch', () => {
  prop.prop([fc.array(fc.boolean(), { minLength: 1, maxLength: 50 })], { numRuns: 25 })(
    'answers each item as if it were alone, wherever the bad ones are',
    async (pattern) => {
      expect(await mcl.verify(pattern.map((isGood) => (isGood ? good : bad)))).toEqual(pattern)
    },
  )

  test('is made of all that is asked for in one tick', async () => {
    const { drawn, random } = countingRandom()
    const counting = await createMclGroth16(ticketKey, { random })
    expect(await counting.verify([good])).toEqual([true])
    expect(drawn.weights).toBe(0)
    const answers = await Promise.all([counting.verify([good]), counting.verify([bad, good]), counting.verify([good])])
    expect(answers).toEqual([[true], [false, true], [true]])
    expect(drawn.weights).toBe(4)
    counting.close()
  })

  test('is no larger than it may be, and smaller after a false proof', async () => {
    const { drawn, random } = countingRandom()
    const small = await createMclGroth16(ticketKey, { maxBatch: 2, random })
    expect(await small.verify([bad, good, good, good, good])).toEqual([false, true, true, true, true])
    expect(drawn.weights).toBe(4) // two together, one alone, two together
    small.close()
  })

  test('of false proofs leaves others their turns, again and again', async () => {
    let turns = 0
    let isOver = false
    const counting = (async () => {
      for (; !isOver; turns++) await new Promise(setImmediate)
    })()
    expect(await mcl.verify(Array(20).fill(bad))).toEqual(Array(20).fill(false))
    isOver = true
    await counting
    expect(turns).toBeGreaterThanOrEqual(20)
  })

  test('is not fooled by errors that cancel out, unless its weights are known', async () => {
    const points = readPoints(good.proof)
    const error = bn254.G1.Point.BASE
    const pair = [
      { ...good, proof: writePoints({ ...points, c: points.c.add(error) }) },
      { ...good, proof: writePoints({ ...points, c: points.c.subtract(error) }) },
    ]
    expect(await mcl.verify(pair)).toEqual([false, false])

    const known = await createMclGroth16(ticketKey, { random: (length) => new Uint8Array(length).fill(1) })
    expect(await known.verify(pair)).toEqual([true, true])
    known.close()
  })

  test('is unaware of what others in the process do with mcl-wasm', async () => {
    await publicMcl.init(publicMcl.BLS12_381)
    publicMcl.verifyOrderG2(true)
    expect(await mcl.verify([good, bad])).toEqual([true, false])
  })
})

describe('a proof alone', () => {
  prop.prop([fc.array(fc.nat({ max: 9 }), { maxLength: 12 })], { numRuns: 15 })(
    'is judged by its own signals, whichever of them were kept from the ones before',
    async (changes) => {
      for (const change of changes) {
        const item = change === 9 ? good : { ...good, signals: good.signals.with(change, 5n) }
        expect(await mcl.verify([item])).toEqual([change === 9])
      }
    },
  )
})

describe('weights', () => {
  const edges = [0n, 1n, 3n, 5n, 2n ** 63n, 2n ** 64n - 1n]
  const halves = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))

  prop.prop([halves, halves])('multiply a point as their scalar does', async (a, b) => {
    const mclCalls = await loadMcl()
    const weigher = new Weigher(mclCalls)
    const at = mclCalls.malloc(4 * sizes.g1 + sizes.fr)
    const [point, out, expected, scalar] = [0, 1, 2, 3].map((i) => at + i * sizes.g1) as [
      number,
      number,
      number,
      number,
    ]
    const { x, y } = bn254.G1.Point.BASE.multiply(12_345n).toAffine()
    writeG1(mclCalls, point, [x, y].map(toBytes32))
    const weight = toWeight(concatBytes(toBytes32(a).subarray(24), toBytes32(b).subarray(24)))

    weigher.multiply(out, point, weight)
    writeFr(mclCalls, scalar, [weight.scalar])
    mclCalls.G1_mul(expected, point, scalar)
    expect(mclCalls.G1_isEqual(out, expected)).toBe(1)
    mclCalls.free(at)
    weigher.free()
  })
})

describe('a closed verifier', () => {
  test('says so to whoever waits and whoever comes', async () => {
    const closed = await createMclGroth16(ticketKey)
    const asked = closed.verify([good])
    closed.close()
    closed.close()
    await expect(asked).rejects.toMatchObject({ code: 'mcl.unusable' })
    await expect(closed.verify([good])).rejects.toMatchObject({ code: 'mcl.unusable' })
  })
})

describe('the test of subgroups', () => {
  test.each([3n, 4n, 5n, 6n])('agrees with multiplying by the order, for points from seed %s', async (seed) => {
    const mclCalls = await loadMcl()
    const at = mclCalls.malloc(sizes.g2)
    for (const [name, point] of Object.entries(twistPoints(seed))) {
      const { x, y } = point.toAffine()
      const isAccepted = writeG2(mclCalls, at, [x.c0, x.c1, y.c0, y.c1].map(toBytes32))
      expect({ name, isAccepted }).toEqual({ name, isAccepted: multiply(point, bn254.fields.Fr.ORDER).is0() })
    }
    mclCalls.free(at)
  })

  test('comes after the equation of the curve', async () => {
    const mclCalls = await loadMcl()
    const at = mclCalls.malloc(sizes.g2)
    const { x, y } = twistPoint(7n).toAffine()
    expect(writeG2(mclCalls, at, [x.c0, x.c1, y.c0, y.c1 ^ 1n].map(toBytes32))).toBe(false)
    mclCalls.free(at)
  })
})
