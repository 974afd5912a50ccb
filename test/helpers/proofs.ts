import { readFile, writeFile } from 'node:fs/promises'
import { deserialize, serialize } from 'node:v8'
import { bn254 } from '@noble/curves/bn254.js'
import { toBytes32 } from '../../sdk/crypto/abi.ts'
import { concatBytes, sha256, toHex } from '../../sdk/crypto/index.ts'
import { createTicketProver, type TicketFields, type TicketRequest } from '../../sdk/evidence/index.ts'
import type { ProofItem } from '../../sdk/verifier/index.ts'
import { checkTicket } from '../../sdk/verifier/ticket.ts'
import { makeOnce } from './make-once.ts'
import { networkId, now, view } from './world.ts'

const { G1, G2, fields } = bn254
const { Fp, Fp2, Fr } = fields

/** Order of the base field: a coordinate plus this spells the same coordinate. */
export const baseOrder = Fp.ORDER

type PointG1 = InstanceType<typeof G1.Point>
type PointG2 = InstanceType<typeof G2.Point>

/** The points of an encoded proof. */
export type Points = { readonly a: PointG1; readonly b: PointG2; readonly c: PointG1 }

/** Real tickets. Each is proven once in a run: those who ask for them try what verifiers say of tickets, not how they are proven. */
export async function proveTickets(requests: readonly TicketRequest[]): Promise<TicketFields[]> {
  const prover = createTicketProver()
  try {
    const tickets: TicketFields[] = []
    for (const request of requests) {
      const name = `ticket-${toHex(sha256(serialize(request)))}`
      const prove = async (draft: string) => writeFile(draft, serialize(await prover.prove(request)))
      tickets.push(deserialize(await readFile(await makeOnce(name, prove))))
    }
    return tickets
  } finally {
    prover.close()
  }
}

/** What a back end is asked about a ticket. */
export function itemOf(ticket: TicketFields, { use, toward }: TicketRequest): ProofItem {
  const recipient = 'recipient' in toward ? toward.recipient : undefined
  const claim = checkTicket(
    { $typeName: 'pennypost.v1.Ticket', ...ticket },
    { networkId, use, recipient, checkpoint: view, now },
  )
  if ('code' in claim) throw new Error(claim.message)
  return claim.item
}

/** The eight coordinates of a proof, in the order of the wire. */
export const readCoordinates = (proof: Uint8Array): bigint[] =>
  Array.from({ length: 8 }, (_, i) => BigInt(`0x${Buffer.from(proof.subarray(i * 32, i * 32 + 32)).toString('hex')}`))

export const writeCoordinates = (coordinates: readonly bigint[]): Uint8Array =>
  concatBytes(...coordinates.map(toBytes32))

export function readPoints(proof: Uint8Array): Points {
  const [ax, ay, bx1, bx0, by1, by0, cx, cy] = readCoordinates(proof) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  return {
    a: G1.Point.fromAffine({ x: ax, y: ay }),
    b: G2.Point.fromAffine({ x: { c0: bx0, c1: bx1 }, y: { c0: by0, c1: by1 } }),
    c: G1.Point.fromAffine({ x: cx, y: cy }),
  }
}

export function writePoints({ a, b, c }: Points): Uint8Array {
  const [pa, pb, pc] = [a.toAffine(), b.toAffine(), c.toAffine()]
  return writeCoordinates([pa.x, pa.y, pb.x.c1, pb.x.c0, pb.y.c1, pb.y.c0, pc.x, pc.y])
}

const cofactor = 2n * Fp.ORDER - Fr.ORDER
const smallOrder = 10_069n
const twistB = Fp2.div(Fp2.create({ c0: 3n, c1: 0n }), Fp2.create({ c0: 9n, c1: 1n }))

/** A point of the twist, most likely outside the r-subgroup. */
export function twistPoint(seed: bigint): PointG2 {
  for (let i = seed * 1000n; ; i++) {
    const x = Fp2.create({ c0: i, c1: 7n * i + 3n })
    const y2 = Fp2.add(Fp2.mul(Fp2.sqr(x), x), twistB)
    if (Fp2.eql(Fp2.pow(y2, (Fp.ORDER ** 2n - 1n) / 2n), Fp2.ONE)) return new G2.Point(x, Fp2.sqrt(y2), Fp2.ONE)
  }
}

/** Multiplies without taking the subgroup for granted. */
export function multiply(point: PointG2, scalar: bigint): PointG2 {
  let sum = G2.Point.ZERO
  for (let rest = scalar, power = point; rest > 0n; rest >>= 1n, power = power.double()) {
    if (rest & 1n) sum = sum.add(power)
  }
  return sum
}

/** Points of the twist by what they are: none but the last is in the r-subgroup. */
export const twistPoints = (seed: bigint): Record<string, PointG2> => {
  const point = twistPoint(seed)
  const small = multiply(point, (cofactor / smallOrder) * Fr.ORDER)
  return {
    random: point,
    'of the cofactor alone': multiply(point, Fr.ORDER),
    'of order 10069': small,
    'of the subgroup but for a small part': G2.Point.BASE.add(small),
    'of the subgroup': multiply(point, cofactor),
  }
}
