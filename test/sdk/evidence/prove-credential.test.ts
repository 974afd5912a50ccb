import { groth16, type VerificationKey } from 'snarkjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromBytes, toBytes32 } from '../../../sdk/crypto/abi.ts'
import { SUBGROUP_ORDER } from '../../../sdk/crypto/baby-jubjub.ts'
import { FIELD_ORDER } from '../../../sdk/crypto/field.ts'
import {
  type CredentialFields,
  type CredentialRequest,
  createCredentialProver,
  fullHour,
} from '../../../sdk/evidence/index.ts'
import { prepareCredential } from '../../../sdk/evidence/prove-credential.ts'
import { credentialKey, ticketKey } from '../../../sdk/generated/keys.ts'
import { createPortableGroth16, factClass } from '../../../sdk/verifier/index.ts'
import { createGroth16, type NodeGroth16 } from '../../../service/node/groth16.ts'
import {
  aliceFact,
  credentialEvidence,
  credentialRequest,
  factNote,
  factView,
  issuer,
  issuerBytes,
  makeIssuer,
  malloryFact,
  messageOf,
  rule,
  secondIssuer,
  smallPoints,
} from '../../helpers/credentials.ts'
import { commonPolicy, type Deciding, decide, fakeTicket, ticketEvidence, topicPolicy } from '../../helpers/lanes.ts'
import { stopSnarkjs, toProofJson } from '../../helpers/snarkjs.ts'
import { createTrapdoor, keyOf, simulateProof } from '../../helpers/trapdoor.ts'
import { alice, lane, laneUse, now, seeded, view } from '../../helpers/world.ts'

const prover = createCredentialProver()
const request = credentialRequest()
const prepared = prepareCredential(request)
const steps: string[] = []
let credential: CredentialFields
let verifiers: NodeGroth16

beforeAll(async () => {
  verifiers = await createGroth16.mcl()
  credential = await prover.prove(request, { onProgress: (step) => steps.push(step) })
})

afterAll(async () => {
  prover.close()
  verifiers.close?.()
  await stopSnarkjs()
})

type Shown = Partial<Deciding> & { readonly fields?: Partial<CredentialFields> }

/** What a node says of the credential, with something changed. */
async function codeOf({ fields, policy = topicPolicy(rule), request: asked, context }: Shown = {}): Promise<string> {
  const { result } = await decide({
    policy,
    request: { evidence: [credentialEvidence(0, { ...credential, ...fields })], ...asked },
    context: { checkpoint: factView(), groth16: verifiers, ...context },
  })
  return result.ok ? 'opened' : result.code
}

describe('createCredentialProver', () => {
  test('makes a credential that every back end accepts, and tells its steps', async () => {
    expect(steps).toEqual(['loading-key', 'witness', 'proving', 'done'])
    const item = { proof: credential.proof, signals: prepared.statement.signals }
    for (const { ticket, credential } of [verifiers, await createGroth16.portable()])
      expect([await credential.verify([item]), await ticket.verify([item])]).toEqual([[true], [false]])
    const key = { ...credentialKey, protocol: 'groth16', curve: 'bn128' } as unknown as VerificationKey
    expect(await groth16.verify(key, item.signals.map(String), toProofJson(item.proof))).toBe(true)
    expect(await codeOf()).toBe('opened')
  })

  test('proves the same use again, and refuses a second use of one message id', async () => {
    const again = await prover.prove(request)
    expect([again.y, again.nullifier]).toEqual([credential.y, credential.nullifier])
    expect(await codeOf({ fields: again })).toBe('opened')
    const other = prover.prove(credentialRequest({ use: laneUse({ units: 2 }) }))
    await expect(other).rejects.toMatchObject({ code: 'note.second-use' })
  })

  const { signature } = request
  test.each<[string, Partial<CredentialRequest>]>([
    ['a message id beyond the limit', { messageId: factClass.limit }],
    ['a message id below zero', { messageId: -1 }],
    ['a part of a message id', { messageId: 0.5 }],
    ['a time that is no full hour', { asOf: BigInt(now) }],
    ['the hour in which the note expires', { asOf: aliceFact.expiry }],
    ['a note of stamps, whoever signed it', { note: alice, signature: issuer.sign(messageOf(alice)) }],
    ["another note's signature", { note: malloryFact }],
    ['a higher limit than was signed', { note: { ...aliceFact, limit: 65n } }],
    ['a later expiry than was signed', { note: { ...aliceFact, expiry: aliceFact.expiry + 3600n } }],
    ["another issuer's signature", { issuer: secondIssuer.key }],
    ['an S that wraps around the subgroup', { signature: { ...signature, s: signature.s + SUBGROUP_ORDER } }],
    ['an R8 off the curve', { signature: { ...signature, r8x: signature.r8x + 1n } }],
    ['an issuer off the curve', { issuer: { ...issuer.key, x: toBytes32(fromBytes(issuer.key.x) + 1n) } }],
    ['an issuer of 63 bytes', { issuer: { ...issuer.key, y: issuer.key.y.subarray(1) } }],
    ...[makeIssuer(0n), makeIssuer(0n, smallPoints[2]), makeIssuer(1_001n, smallPoints[8])].map(
      ({ key, sign }, i): [string, Partial<CredentialRequest>] => [
        `an issuer for whom everybody could sign, or two keys count (${i})`,
        { issuer: key, signature: sign(messageOf(aliceFact)) },
      ],
    ),
  ])('refuses %s before it starts proving', async (_, fields) => {
    const told: string[] = []
    const proving = prover.prove(
      { ...credentialRequest({ messageId: 3 }), ...fields },
      { onProgress: (step) => told.push(step) },
    )
    await expect(proving).rejects.toMatchObject({ code: 'note.unusable' })
    expect(told).toEqual([])
  })
})

describe('a credential with a real proof is good for nothing else', () => {
  test.each<[string, Shown]>([
    ['another topic', { request: { topic: `${lane.topic}x` } }],
    ['another holder', { request: { holder: new Uint8Array(32).fill(8) } }],
    ['more units', { request: { units: 2 } }],
    ['another end of the lane', { request: { expiresAt: lane.expiresAt + 1n } }],
    ['another recipient', { policy: topicPolicy(rule, { recipient: seeded(3)(20) }) }],
    ['another network', { context: { networkId: seeded(4)(32) } }],
    ['another fact', { policy: topicPolicy('age eip155:1 >= 91 days') }],
    ['another kind of fact', { policy: topicPolicy('txCount eip155:1 >= 90') }],
    ['the same fact on another chain', { policy: topicPolicy('age eip155:2 >= 90 days') }],
    ["another issuer of the network's", { fields: { issuer: issuerBytes(secondIssuer.key) } }],
    ['the hour before', { fields: { asOf: fullHour(now) - 3600n } }],
    ['another tag', { fields: { tag: toBytes32(1n) } }],
    ['another nullifier', { fields: { nullifier: toBytes32(1n) } }],
    ['another share', { fields: { y: toBytes32(1n) } }],
  ])('not for %s', async (_, shown) => {
    expect(await codeOf(shown)).toBe('credential.proof-invalid')
  })

  test('not on a topic that is nobody’s', async () => {
    const shown = { policy: commonPolicy(rule), fields: { tagScope: toBytes32(5n) } }
    expect(await codeOf(shown)).toBe('credential.proof-invalid')
  })

  test('and no other circuit’s proof is good for it, nor it for another circuit', async () => {
    const trapdoor = createTrapdoor(10)
    const { signals } = prepared.statement
    const proof = simulateProof(trapdoor, signals)
    expect(await createPortableGroth16(keyOf(trapdoor)).verify([{ proof, signals }])).toEqual([true])
    expect(await codeOf({ fields: { proof } })).toBe('credential.proof-invalid')

    const ticket = ticketEvidence(0, { ...fakeTicket(), proof: credential.proof })
    const asked = { policy: topicPolicy('stamp 1'), request: { evidence: [ticket] }, context: { checkpoint: view } }
    expect(await codeOf(asked)).toBe('ticket.proof-invalid')
    for (const swapped of [verifiers.ticket, createPortableGroth16(ticketKey)])
      expect(await codeOf({ context: { groth16: { ...verifiers, credential: swapped } } })).toBe(
        'credential.proof-invalid',
      )
  })

  test('with one bit changed anywhere, or an alias', async () => {
    const flip = (bytes: Uint8Array, bit: number) => bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
    const bits = (field: 'nullifier' | 'y' | 'tag' | 'issuer' | 'proof', step: number) =>
      Array.from({ length: Math.floor((credential[field].length * 8) / step) }, (_, i) => ({
        [field]: flip(credential[field], i * step),
      }))
    const aliases = (['nullifier', 'y', 'tag'] as const).map((field) => ({
      [field]: toBytes32(fromBytes(credential[field]) + FIELD_ORDER),
    }))
    for (const fields of aliases) expect(await codeOf({ fields })).toBe('credential.malformed')
    for (const fields of bits('issuer', 7)) expect(await codeOf({ fields })).toBe('credential.issuer-unknown')
    const changes = [...bits('nullifier', 9), ...bits('y', 9), ...bits('tag', 9), ...bits('proof', 23)]
    const codes = new Set(await Promise.all(changes.map((fields) => codeOf({ fields }))))
    expect([...codes].filter((code) => code !== 'credential.malformed')).toEqual(['credential.proof-invalid'])
  })

  test('by a note of which nobody has signed the class that is asked for', async () => {
    const [first, asked] = [factNote(43, 1111n), 'age eip155:1 >= 365 days']
    const young = await prover.prove(credentialRequest({ note: first }))
    expect(await codeOf({ fields: young })).toBe('opened')
    expect(await codeOf({ fields: young, policy: topicPolicy(asked) })).toBe('credential.proof-invalid')
  })
})
