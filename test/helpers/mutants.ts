import { bn254 } from '@noble/curves/bn254.js'
import { encodeLaneRequest } from '../../sdk/codec/lane.ts'
import { fromBytes, toBytes32 } from '../../sdk/crypto/abi.ts'
import { FIELD_ORDER } from '../../sdk/crypto/field.ts'
import type { TicketFields } from '../../sdk/evidence/index.ts'
import type { LaneContext, ProofItem, TopicPolicy } from '../../sdk/verifier/index.ts'
import { commonPolicy, type RequestInit, ticketEvidence, topicPolicy } from './lanes.ts'
import {
  baseOrder,
  type Points,
  readCoordinates,
  readPoints,
  twistPoints,
  writeCoordinates,
  writePoints,
} from './proofs.ts'
import { createTrapdoor, simulateProof } from './trapdoor.ts'
import { lane, now, view } from './world.ts'

const { G1, G2 } = bn254
const hour = 3600n

/** A request that should open no lane, and what it is decided by. */
export type Mutant = {
  readonly family: string
  /** An encoded LaneRequest. */
  readonly request: Uint8Array
  readonly policy: TopicPolicy
  readonly context: Partial<LaneContext>
}

type MutantInit = { ticket?: Partial<TicketFields>; request?: RequestInit } & Partial<
  Omit<Mutant, 'request' | 'family'>
>

/** Two good tickets: of a first contact, and of a topic that is nobody's. */
export type Originals = { readonly first: TicketFields; readonly common: TicketFields; readonly firstItem: ProofItem }

const fields = ['root', 'nullifier', 'y', 'tag'] as const
type Field = (typeof fields)[number] | 'tagScope'

/** A fixed source of numbers below 2^32 (mulberry32). */
export function createNumbers(seed: number) {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
  const bytes = (length: number) => Uint8Array.from({ length }, () => next() & 0xff)
  return { next, bytes, element: () => fromBytes(bytes(40)) % FIELD_ORDER }
}

const numbers = createNumbers(2026)
const element = () => numbers.element() || 1n
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))
const flipBit = (bytes: Uint8Array, bit: number) => bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
const resize = (bytes: Uint8Array, length: number) => Uint8Array.from({ length }, (_, i) => bytes[i] ?? 0)

type Changes<T> = readonly (readonly [family: string, changed: readonly T[]])[]

/** More than ten thousand, by what was done to a good one. */
export function createMutants({ first, common, firstItem }: Originals): Mutant[] {
  const onFirst = (family: string, { ticket, request = {}, policy, context = {} }: MutantInit): Mutant => ({
    family,
    request: encodeLaneRequest({ ...lane, evidence: [ticketEvidence(0, { ...first, ...ticket })], ...request }),
    policy: policy ?? topicPolicy('stamp 1'),
    context,
  })
  const onCommon = (family: string, ticket: Partial<TicketFields>): Mutant =>
    onFirst(family, { ticket: { ...common, ...ticket }, policy: commonPolicy('stamp 1') })
  const withProof = (family: string, proof: Uint8Array) => onFirst(family, { ticket: { proof } })
  const good = onFirst('bytes on the wire', {})

  return [
    ...make(fieldChanges(first), (family, ticket) => onFirst(family, { ticket })),
    ...make(scopeChanges(common), onCommon),
    ...make(proofChanges(first.proof), withProof),
    ...make([['another circuit', otherCircuits(firstItem)]], withProof),
    ...make(placeChanges(), onFirst),
    onFirst('on a common topic', { policy: commonPolicy('stamp 1') }),
    onFirst('a common ticket on first contact', { ticket: common }),
    ...times(3000, () => ({ ...good, request: editBytes(good.request) })),
  ]
}

const make = <T>(changes: Changes<T>, mutate: (family: string, changed: T) => Mutant): Mutant[] =>
  changes.flatMap(([family, list]) => list.map((changed) => mutate(family, changed)))

function fieldChanges(ticket: TicketFields): Changes<Partial<TicketFields>> {
  const each = (change: (value: Uint8Array, field: Field) => Uint8Array[]) =>
    fields.flatMap((field) => change(ticket[field], field).map((value) => ({ [field]: value })))
  const asOf = (hours: readonly bigint[]) => hours.map((count) => ({ asOf: ticket.asOf + count * hour }))
  return [
    ['one bit of a field', each((value) => times(256, (bit) => flipBit(value, bit)))],
    ['another field element', each(() => times(60, () => toBytes32(numbers.element())))],
    ['an alias', each((value) => aliasesOf(value))],
    ['a field too short or too long', each((value) => times(65, (length) => resize(value, length)).toSpliced(32, 1))],
    ['another class', times(1000, (i) => ({ classNumber: i === 1 ? 0xffffffff : i }))],
    ['expired', asOf(times(500, (i) => -BigInt(i + 2)))],
    ['future', asOf(times(500, (i) => BigInt(i + 1)))],
    ['no full hour', times(200, (i) => ({ asOf: ticket.asOf - BigInt(i + 1) }))],
    ['any time', times(100, () => ({ asOf: fromBytes(numbers.bytes(8)) }))],
    ['the hour before, with the proof of this one', [{ asOf: ticket.asOf - hour }]],
  ]
}

function scopeChanges({ tagScope }: TicketFields): Changes<Partial<TicketFields>> {
  return [
    ['one bit of the tag scope', times(256, (bit) => ({ tagScope: flipBit(tagScope, bit) }))],
    ['a tag scope too short or too long', times(65, (i) => ({ tagScope: resize(tagScope, i) })).toSpliced(32, 1)],
    ['an alias of the tag scope', aliasesOf(tagScope).map((alias) => ({ tagScope: alias }))],
  ]
}

/** The other numbers of 32 bytes that are equal modulo the field's order. */
function aliasesOf(value: Uint8Array): Uint8Array[] {
  const found = times(6, (i) => fromBytes(value) + BigInt(i + 1) * FIELD_ORDER)
  return found.filter((alias) => alias >> 256n === 0n).map(toBytes32)
}

function proofChanges(proof: Uint8Array): Changes<Uint8Array> {
  const points = readPoints(proof)
  const coordinates = readCoordinates(proof)
  const moved = (change: Partial<Points>) => writePoints({ ...points, ...change })
  const random = () => (numbers.element() | 1n) % FIELD_ORDER
  const torsion = twistPoints(11n)
  return [
    ['one bit of the proof', times(2048, (bit) => flipBit(proof, bit))],
    ['a proof too short or too long', times(520, (length) => resize(proof, length)).toSpliced(256, 1)],
    ['a coordinate too large', coordinates.map((value, i) => writeCoordinates(coordinates.with(i, value + baseOrder)))],
    ['random bytes', times(300, () => numbers.bytes(256))],
    ['another point A', times(60, () => moved({ a: G1.Point.BASE.multiply(random()) }))],
    ['another point B', times(60, () => moved({ b: G2.Point.BASE.multiply(random()) }))],
    ['another point C', times(60, () => moved({ c: G1.Point.BASE.multiply(random()) }))],
    [
      'a point turned',
      [moved({ a: points.a.negate() }), moved({ b: points.b.negate() }), moved({ c: points.c.negate() })],
    ],
    ['points exchanged', [moved({ a: points.c, c: points.a })]],
    [
      'points out of the subgroup',
      Object.values(torsion)
        .slice(0, 4)
        .flatMap((b) => [moved({ b }), moved({ b: points.b.add(b) })]),
    ],
    [
      'infinity',
      [
        [0, 64],
        [64, 192],
        [192, 256],
        [0, 256],
      ].map(([from, to]) => proof.slice().fill(0, from, to)),
    ],
  ]
}

/** A good ticket in another place: every one of these changes `x`, the scopes or the class. */
function placeChanges(): Changes<MutantInit> {
  const checkpoint = (change: Partial<typeof view.latest>) => ({ ...view, latest: { ...view.latest, ...change } })
  const [stampClass] = view.latest.classes
  return [
    ['another topic', times(150, (i) => ({ request: { topic: `${lane.topic}${i}` } }))],
    ['another holder', times(100, () => ({ request: { holder: numbers.bytes(32) } }))],
    ['other units', times(100, (i) => ({ request: { units: i + 2 } }))],
    ['another end', times(150, (i) => ({ request: { expiresAt: BigInt(now + 1 + i) } }))],
    ['another network', times(100, () => ({ context: { networkId: numbers.bytes(32) } }))],
    ['another recipient', times(100, () => ({ policy: topicPolicy('stamp 1', { recipient: numbers.bytes(20) }) }))],
    ['another chain', times(20, (i) => ({ context: { checkpoint: checkpoint({ chainId: BigInt(i) }) } }))],
    [
      'another contract',
      times(20, () => ({
        context: { checkpoint: checkpoint({ classes: [{ ...stampClass!, contract: numbers.bytes(20) }] }) },
      })),
    ],
    ['stakes only', [{ context: { checkpoint: checkpoint({ classes: [{ ...stampClass!, kind: 2 }] }) } }]],
    ['another tree', times(100, () => ({ context: { checkpoint: checkpoint({ trees: [numbers.bytes(32)] }) } }))],
    ['no checkpoint', [{ context: { checkpoint: undefined } }]],
    ['another condition', times(100, (i) => ({ policy: topicPolicy(i % 2 === 0 ? 'connection' : 'work 8') }))],
    ['later', times(100, (i) => ({ context: { now: now + 7200 + i * 60 }, request: { expiresAt: lane.expiresAt } }))],
    ['used', [{ context: { usedShare: () => ({ x: 1n, y: 1n }) } }]],
  ]
}

/** Proofs that hold under other keys of as many inputs, whose secrets we know. */
function otherCircuits({ signals }: ProofItem): Uint8Array[] {
  return times(20, () => simulateProof(createTrapdoor(signals.length, element), signals, element))
}

/** One to three edits anywhere: a byte changed, cut out or put in, or the end cut off. */
function editBytes(bytes: Uint8Array): Uint8Array {
  let edited = Array.from(bytes)
  for (let i = 0; i <= numbers.next() % 3; i++) {
    const at = numbers.next() % edited.length
    const byte = numbers.next() & 0xff
    const kind = numbers.next() % 8
    if (kind < 5) edited[at] = byte
    else if (kind === 5) edited.splice(at, 1)
    else if (kind === 6) edited.splice(at, 0, byte)
    else edited = edited.slice(0, at + 1)
  }
  return Uint8Array.from(edited)
}
