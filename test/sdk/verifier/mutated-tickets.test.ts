import { bn254 } from '@noble/curves/bn254.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeLaneRequest, encodeLaneRequest, type LaneRequest } from '../../../sdk/codec/lane.ts'
import { BaseError } from '../../../sdk/errors.ts'
import { createTagScope } from '../../../sdk/evidence/index.ts'
import { ticketKey } from '../../../sdk/generated/keys.ts'
import { createMclGroth16 } from '../../../sdk/verifier/groth16-mcl.ts'
import {
  createPortableGroth16,
  decideLane,
  type Groth16,
  type OpenedLane,
  type Refusal,
} from '../../../sdk/verifier/index.ts'
import { forBoth } from '../../helpers/groth16.ts'
import { nothingUsed, ticketEvidence, topicPolicy } from '../../helpers/lanes.ts'
import { createMutants, createNumbers, type Mutant, type Originals } from '../../helpers/mutants.ts'
import { itemOf, proveTickets, readPoints, writePoints } from '../../helpers/proofs.ts'
import { createTrapdoor, keyOf, simulateProof } from '../../helpers/trapdoor.ts'
import { lane, networkId, now, seeded, ticketRequest, view } from '../../helpers/world.ts'

const mcl = await createMclGroth16(ticketKey)
let asked = 0
const counting: Groth16 = {
  verify(items) {
    asked += items.length
    return mcl.verify(items)
  },
}
let originals: Originals
let original: OpenedLane

beforeAll(async () => {
  const requests = [
    ticketRequest(),
    ticketRequest({ messageId: 1, toward: { tagScope: createTagScope(seeded(4)) } }),
  ] as const
  const [first, common] = await proveTickets(requests)
  originals = { first: first!, common: common!, firstItem: itemOf(first!, requests[0]) }
  original = (await decide(firstContact(first!.proof))) as OpenedLane
})

afterAll(() => mcl.close())

const firstContact = (proof: Uint8Array): Mutant => ({
  family: 'the original',
  request: encodeLaneRequest({ ...lane, evidence: [ticketEvidence(0, { ...originals.first, proof })] }),
  policy: topicPolicy('stamp 1'),
  context: {},
})

/** The answer to a mutant, or the typed error of its decoder. */
async function decide({ request, policy, context }: Mutant): Promise<OpenedLane | Refusal | BaseError> {
  const decoded = decode(request)
  if (decoded instanceof BaseError) return decoded
  const given = { networkId, policy, checkpoint: view, now, ...nothingUsed, groth16: forBoth(counting), ...context }
  return decideLane(decoded, given)
}

function decode(bytes: Uint8Array): LaneRequest | BaseError {
  try {
    return decodeLaneRequest(bytes)
  } catch (error) {
    if (error instanceof BaseError) return error
    throw error
  }
}

describe('tickets that were tampered with', () => {
  test('the originals are good', () => {
    expect(original).toMatchObject({ ok: true, isRequest: false })
  })

  test('of more than 10,000 none opens a lane, none crashes, and none that is cheap to refuse costs a pairing', async () => {
    const mutants = createMutants(originals)
    expect(mutants.length).toBeGreaterThan(10_000)
    for (const mutant of mutants) {
      const before = asked
      const code = codeOf(await decide(mutant))
      expect(mutant).toSatisfy(({ family }) => isAsItShould({ family, code, cost: asked - before }))
    }
  }, 240_000)

  test('a malleated proof shows the same nullifier, so it is no second use', async () => {
    const numbers = createNumbers(7)
    const delta = toG2(ticketKey.vk_delta_2)
    for (let i = 0; i < 20; i++) {
      const { a, b, c } = readPoints(originals.first.proof)
      const [k, s] = [numbers.element() | 1n, numbers.element() | 1n]
      const inverse = bn254.fields.Fr.inv(k)
      const scaled = { a: a.multiply(k), b: b.multiply(inverse), c }
      const blinded = { ...scaled, b: scaled.b.add(delta.multiply(s)), c: c.add(scaled.a.multiply(s)) }
      for (const points of [scaled, blinded]) expect(await decide(firstContact(writePoints(points)))).toEqual(original)
    }
  })

  test('a proof of another circuit is good there, and nowhere else', async () => {
    const trapdoor = createTrapdoor(9)
    const item = {
      signals: originals.firstItem.signals,
      proof: simulateProof(trapdoor, originals.firstItem.signals),
    }
    expect(await createPortableGroth16(keyOf(trapdoor)).verify([item])).toEqual([true])
    expect(await decide(firstContact(item.proof))).toMatchObject({ code: 'ticket.proof-invalid' })
  })
})

/** An edit of what evidence does not bind, such as the policy's version, leaves the same lane. */
function codeOf(answer: OpenedLane | Refusal | BaseError): string {
  if ('code' in answer) return answer.code
  return JSON.stringify(answer, toText) === JSON.stringify(original, toText) ? 'the same lane' : 'another lane'
}

/** Refused, at the price of a pairing only where the proof is all that is wrong; or an edit that changed nothing. */
function isAsItShould({ family, code, cost }: { family: string; code: string; cost: number }): boolean {
  if (code === 'another lane') return false
  if (code === 'the same lane') return family === 'bytes on the wire'
  return cost === (code === 'ticket.proof-invalid' ? 1 : 0)
}

const toText = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)

function toG2([x, y]: readonly (readonly string[])[]) {
  const coordinate = ([c0, c1]: readonly string[]) => ({ c0: BigInt(c0!), c1: BigInt(c1!) })
  return bn254.G2.Point.fromAffine({ x: coordinate(x!), y: coordinate(y!) })
}
