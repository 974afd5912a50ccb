import { readFileSync } from 'node:fs'
import { bn254 } from '@noble/curves/bn254.js'
import { curves, groth16, type VerificationKey } from 'snarkjs'
import { afterAll, describe, expect, test } from 'vitest'
import { assertSoundKey } from '../../../scripts/ceremony/check-key.ts'

const path = new URL('../../../circuits/keys/ticket.vkey.json', import.meta.url)
const key: VerificationKey = JSON.parse(readFileSync(path, 'utf8'))

const infinity = [
  ['0', '0'],
  ['1', '0'],
  ['0', '0'],
]
const alias = (part: string) => `${BigInt(part) + bn254.fields.Fp.ORDER}`
const inHex = (part: string) => `0x${BigInt(part).toString(16)}`

/** As a setup is before anybody contributed to its phase 2. */
const fresh: VerificationKey = { ...key, vk_delta_2: key.vk_gamma_2 }

afterAll(async () => {
  await (await curves.getCurveFromName('bn128')).terminate()
})

describe('assertSoundKey', () => {
  test('accepts the key of a ceremony', () => {
    expect(() => assertSoundKey(key)).not.toThrow()
  })

  test('refuses a key with gamma = delta, under which any public signals verify', async () => {
    const signals = Array.from({ length: key.nPublic }, (_, i) => `${1000 + i}`)
    expect(await groth16.verify(fresh, signals, forgeProof(fresh, signals))).toBe(true)
    expect(() => assertSoundKey(fresh)).toThrow('gamma = ±delta')
  })

  test.each<[string, Partial<VerificationKey>, string]>([
    ['gamma = -delta', { vk_delta_2: negate(key.vk_gamma_2) }, 'gamma = ±delta'],
    ['gamma = delta in hex', { vk_delta_2: key.vk_gamma_2.map((c) => c.map(inHex)) }, 'not a reduced decimal'],
    ['gamma = delta not reduced', { vk_delta_2: key.vk_gamma_2.map((c) => c.map(alias)) }, 'not a reduced decimal'],
    ['delta at infinity', { vk_delta_2: infinity }, 'infinity'],
    ['an input point at infinity', { IC: key.IC.with(3, ['0', '1', '0']) }, 'infinity'],
    ['too few input points', { IC: key.IC.slice(1) }, 'number of input points'],
    ['another protocol', { protocol: 'plonk' }, 'Groth16'],
    ['another curve', { curve: 'bls12381' }, 'BN254'],
  ])('refuses a key with %s', (_, changed, reason) => {
    expect(() => assertSoundKey({ ...key, ...changed })).toThrow(reason)
  })
})

/** With gamma = delta: a = alpha, b = beta, and c takes away what the public signals add. */
function forgeProof({ IC, vk_alpha_1, vk_beta_2 }: VerificationKey, signals: string[]) {
  const [constant, ...points] = IC.map(([x, y]) => bn254.G1.Point.fromAffine({ x: BigInt(x!), y: BigInt(y!) }))
  const input = points.reduce((total, point, i) => total.add(point.multiply(BigInt(signals[i]!))), constant!)
  const { x, y } = input.negate().toAffine()
  return { pi_a: vk_alpha_1, pi_b: vk_beta_2, pi_c: [`${x}`, `${y}`, '1'], protocol: 'groth16', curve: 'bn128' }
}

function negate([x, y, z]: string[][]): string[][] {
  return [x!, y!.map((part) => `${bn254.fields.Fp.neg(BigInt(part))}`), z!]
}
