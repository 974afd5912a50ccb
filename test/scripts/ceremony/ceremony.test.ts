import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { curves, groth16 } from 'snarkjs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Ceremony, runPhase1 } from '../../../scripts/ceremony/phase1.ts'
import { runPhase2 } from '../../../scripts/ceremony/phase2.ts'
import { sha256Of } from '../../../scripts/ceremony/steps.ts'
import { type CompiledCircuit, compileCircuit, product } from '../../../scripts/generate/circuits.ts'

let ceremony: Ceremony
let circuit: CompiledCircuit

beforeAll(async () => {
  vi.spyOn(console, 'log').mockReturnValue()
  const folder = await mkdtemp(join(tmpdir(), 'ceremony-'))
  ceremony = { folder, power: 4, contributors: ['alice', 'bob'], beacon: 'c0ffee' }
  circuit = await compileCircuit('product', { ...product, circuits: 'test/circuits/fixtures' })
})

afterAll(async () => {
  await rm(ceremony.folder, { recursive: true })
  await (await curves.getCurveFromName('bn128')).terminate()
})

describe('a small ceremony', () => {
  test('makes keys that prove and verify', async () => {
    const { phase1, phase2 } = await run(ceremony)
    const names = ['alice', 'bob', 'beacon']
    expect(phase1.contributions.map(({ name }) => name)).toEqual(names)
    expect(phase2.contributions.map(({ name }) => name)).toEqual(names)

    const { proof, publicSignals } = await groth16.fullProve({ left: 6, right: 7 }, circuit.wasm, phase2.zkey)
    expect(publicSignals).toEqual(['42'])
    expect(await groth16.verify(phase2.key, publicSignals, proof)).toBe(true)
    expect(await groth16.verify(phase2.key, ['43'], proof)).toBe(false)
  })

  test('run again, changes nothing', async () => {
    const before = await hashFiles()
    await run(ceremony)
    expect(await hashFiles()).toEqual(before)
  })

  test('goes on where it was stopped: what was contributed stays', async () => {
    const before = await hashFiles()
    await rm(join(ceremony.folder, 'product-final.zkey'))
    await run(ceremony)
    expect(await hashFiles()).toEqual(before)
  })

  test('with one more contributor keeps the contributions before', async () => {
    const before = await run(ceremony)
    const after = await run({ ...ceremony, contributors: ['alice', 'bob', 'carol'] })
    expect(after.phase1.contributions.slice(0, 2)).toEqual(before.phase1.contributions.slice(0, 2))
    expect(after.phase2.contributions[2]?.name).toBe('carol')
    expect(after.phase2.key.vk_delta_2).not.toEqual(before.phase2.key.vk_delta_2)
  })
})

async function run(of: Ceremony) {
  const phase1 = await runPhase1(of)
  const phase2 = await runPhase2(of, { name: 'product', r1cs: circuit.r1cs, ptau: phase1.ptau })
  return { phase1, phase2 }
}

async function hashFiles(): Promise<string[]> {
  const names = (await readdir(ceremony.folder)).toSorted()
  return Promise.all(names.map(async (name) => `${name} ${await sha256Of(join(ceremony.folder, name))}`))
}
