import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type CircuitInputs, curves, groth16, zKey } from 'snarkjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assertSoundKey } from '../../scripts/ceremony/check-key.ts'
import type { Transcript } from '../../scripts/ceremony/transcript.ts'
import { type CircuitName, circuitNames, compileCircuit, generateCircuits } from '../../scripts/generate/circuits.ts'
import { createIssuer, ticketInputs, tickets, tree } from '../helpers/tickets.ts'

const pathOf = (file: string) => fileURLToPath(new URL(`../../circuits/keys/${file}`, import.meta.url))
const sha256 = async (file: string) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex')

/** What a circuit takes, and what its proof then states. */
const uses: Record<CircuitName, () => Promise<{ inputs: CircuitInputs; signals: bigint[] }>> = {
  async ticket() {
    const { nullifier, y, tag, x, scope, classId, tagScope, asOf } = tickets[0]!
    const signals = [tree.root(), nullifier, y, tag, x, scope, classId, tagScope, asOf]
    return { inputs: ticketInputs(tickets[0]!), signals }
  },
  async credential() {
    const inputs = (await createIssuer())(tickets[0]!)
    const { nullifier, y, tag, x, scope, classId, tagScope, asOf } = tickets[0]!
    return { inputs, signals: [nullifier, y, tag, inputs.Ax, inputs.Ay, x, scope, classId, tagScope, asOf] }
  },
}

afterAll(async () => {
  await (await curves.getCurveFromName('bn128')).terminate()
})

describe.each(circuitNames)('the keys of the circuit %s', (circuit) => {
  const path = (name: string) => pathOf(`${circuit}.${name}`)
  let transcript: Transcript
  let key: Awaited<ReturnType<typeof zKey.exportVerificationKey>>

  beforeAll(async () => {
    transcript = JSON.parse(await readFile(path('transcript.json'), 'utf8'))
    key = JSON.parse(await readFile(path('vkey.json'), 'utf8'))
  })

  test('belong to the circuit as it compiles now', async () => {
    const { r1cs } = await compileCircuit(circuit)
    expect(transcript.circuit).toBe(circuit)
    expect(await sha256(r1cs)).toBe(transcript.sha256.r1cs)
  })

  test.each(['wasm', 'zkey'] as const)('are the ones of the transcript: %s', async (name) => {
    expect(await sha256(path(name))).toBe(transcript.sha256[name])
  })

  test('agree with each other', async () => {
    expect(await zKey.exportVerificationKey(path('zkey'))).toEqual(key)
    expect(await sha256(path('vkey.json'))).toBe(transcript.sha256.vkey)
  })

  test('are sound, and had contributions and a beacon in both phases', () => {
    expect(() => assertSoundKey(key)).not.toThrow()
    for (const { contributions } of [transcript.phase1, transcript.phase2]) {
      expect(contributions.length).toBeGreaterThan(1)
      expect(contributions.at(-1)?.name).toBe('beacon')
      expect(new Set(contributions.map(({ hash }) => hash)).size).toBe(contributions.length)
    }
  })

  test('prove and verify one use, and no other public signal', async () => {
    const { inputs, signals } = await uses[circuit]()
    const { proof, publicSignals } = await groth16.fullProve(inputs, path('wasm'), path('zkey'))

    expect(publicSignals.map(BigInt)).toEqual(signals)
    expect(await groth16.verify(key, publicSignals, proof)).toBe(true)
    for (const [i, signal] of publicSignals.entries()) {
      const changed = publicSignals.with(i, `${BigInt(signal) + 1n}`)
      expect(await groth16.verify(key, changed, proof)).toBe(false)
    }
  })
})

test('the constraint counts are those of circuits/constraints.json', async () => {
  for (const [file, content] of await generateCircuits()) {
    expect(await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')).toBe(content)
  }
})
