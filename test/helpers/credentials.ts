import type { Checkpoint } from '../../sdk/codec/checkpoint.ts'
import { toBytes32 } from '../../sdk/crypto/abi.ts'
import { BabyJubjub, type BabyJubjubKey, SUBGROUP_ORDER } from '../../sdk/crypto/baby-jubjub.ts'
import { concatBytes } from '../../sdk/crypto/bytes.ts'
import type { NoteSignature } from '../../sdk/crypto/note-signature.ts'
import { poseidon } from '../../sdk/crypto/poseidon.ts'
import { classIdOf, credentialOf } from '../../sdk/crypto/signals.ts'
import { type CredentialFields, type CredentialRequest, fullHour } from '../../sdk/evidence/index.ts'
import { prepareCredential } from '../../sdk/evidence/prove-credential.ts'
import { type HeldNote, noteCommitment } from '../../sdk/notes/index.ts'
import { type FactCondition, factClassOf, isCondition, isFact, parseRule } from '../../sdk/policy/index.ts'
import { type CheckpointView, factClass, factEpochOf, factExpiryOf } from '../../sdk/verifier/index.ts'
import type { EvidenceInit } from './lanes.ts'
import { holdNote, laneUse, networkId, now, recipient, view } from './world.ts'

// Issuers of facts, notes that they have signed, and credentials of them.

/** Somebody who signs notes, with the scalar behind the key. */
export type TestIssuer = { readonly key: BabyJubjubKey; sign(message: bigint): NoteSignature }

type Point = typeof BabyJubjub.BASE

export const writeKey = (point: Point): BabyJubjubKey => {
  const { x, y } = point.toAffine()
  return { x: toBytes32(x), y: toBytes32(y) }
}

/** An issuer, or, with a point of small order, somebody who adds it to a key that has a scalar. */
export function makeIssuer(scalar: bigint, torsion: Point = BabyJubjub.ZERO): TestIssuer {
  const point = scalar === 0n ? torsion : BabyJubjub.BASE.multiply(scalar).add(torsion)
  const { x, y } = point.toAffine()
  return {
    key: writeKey(point),
    sign(message) {
      const r = (scalar * 31n + 17n) % SUBGROUP_ORDER
      const { x: r8x, y: r8y } = BabyJubjub.BASE.multiply(r).toAffine()
      const challenge = poseidon([r8x, r8y, x, y, message])
      return { r8x, r8y, s: (r + 8n * challenge * scalar) % SUBGROUP_ORDER }
    },
  }
}

/** Points of the curve outside its prime-order subgroup, by their order. */
const order8 = (() => {
  const generator = BabyJubjub.fromAffine({
    x: 995203441582195749578291179787384436505546430278305826713579947235728471134n,
    y: 5472060717959818805561601436314318772137091100104008585924551046643952123905n,
  })
  return generator.multiplyUnsafe(SUBGROUP_ORDER - 1n).add(generator)
})()
export const smallPoints = { 2: order8.double().double(), 4: order8.double(), 8: order8 } as const

export const issuer = makeIssuer(1_001n)
export const secondIssuer = makeIssuer(2_002n)

export function factOf(text: string): FactCondition {
  const rule = parseRule(text)
  if (isCondition(rule) && isFact(rule)) return rule
  throw new Error(`${text} is no fact.`)
}

export const rule = 'age eip155:1 >= 90 days'
export const fact = factOf(rule)

/** A note of the fact for this epoch. */
export const factNote = (seed: number, person: bigint, fields: Partial<HeldNote> = {}): HeldNote =>
  holdNote(seed, person, {
    noteClass: factClassOf(fact),
    limit: BigInt(factClass.limit),
    expiry: BigInt(factExpiryOf(factEpochOf(now))),
    ...fields,
  })

/** Alice is the person who has the stamp in the usual notes. */
export const aliceFact = factNote(41, 1111n)
export const malloryFact = factNote(42, 6666n)

export const messageOf = (note: HeldNote): bigint =>
  credentialOf({ ...note, commitment: noteCommitment(note), classId: classIdOf(note.noteClass) })

type Requested = Partial<Omit<CredentialRequest, 'issuer'>> & { readonly by?: TestIssuer }

/** A first-contact credential of alice's first message id, signed by the issuer, unless told otherwise. */
export const credentialRequest = ({ note = aliceFact, by = issuer, ...fields }: Requested = {}): CredentialRequest => ({
  note,
  messageId: 0,
  issuer: by.key,
  signature: by.sign(messageOf(note)),
  networkId,
  use: laneUse(),
  toward: { recipient },
  asOf: fullHour(now),
  ...fields,
})

/** A credential with a proof that only a back end could tell from a real one. */
export const fakeCredential = (fields: Requested = {}): CredentialFields => ({
  ...prepareCredential(credentialRequest(fields)).fields,
  proof: new Uint8Array(256).fill(1),
})

export const credentialEvidence = (condition: number, value: CredentialFields): EvidenceInit => ({
  condition,
  kind: { case: 'credential', value },
})

export const issuerBytes = ({ x, y }: BabyJubjubKey): Uint8Array => concatBytes(x, y)

/** A checkpoint whose terms name issuers. */
export const namingIssuers = (checkpoint: Checkpoint, ...keys: readonly BabyJubjubKey[]): Checkpoint => {
  const issuers = keys.map((key, i) => ({ url: `https://issuer-${i}.test`, ...key }))
  return { ...checkpoint, issuers }
}

export const factView = (...keys: readonly BabyJubjubKey[]): CheckpointView => ({
  ...view,
  latest: namingIssuers(view.latest, ...(keys.length > 0 ? keys : [issuer.key, secondIssuer.key])),
})
