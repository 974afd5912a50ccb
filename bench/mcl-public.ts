import * as mcl from 'mcl-wasm'
import type { ProofItem, VerifyingKeyJson } from '../sdk/verifier/index.ts'
import { toProofJson } from '../test/helpers/snarkjs.ts'

/** Verifies one proof with nothing but the public API of mcl-wasm, as its own examples would. */
export async function createPublicMcl(key: VerifyingKeyJson): Promise<(item: ProofItem) => void> {
  await mcl.init(mcl.BN_SNARK1)
  mcl.verifyOrderG2(true)
  const gamma = new mcl.PrecomputedG2(mcl.neg(toG2(key.vk_gamma_2)))
  const delta = new mcl.PrecomputedG2(mcl.neg(toG2(key.vk_delta_2)))
  const alphaBeta = mcl.pairing(toG1(key.vk_alpha_1), toG2(key.vk_beta_2))
  const inputs = key.IC.map(toG1)

  return ({ proof, signals }) => {
    const { pi_a, pi_b, pi_c } = toProofJson(proof)
    const input = mcl.mulVec(inputs, [1n, ...signals].map(toFr))
    const left = mcl.millerLoop(toG1(pi_a), toG2(pi_b))
    const right = mcl.precomputedMillerLoop2(input, gamma, toG1(pi_c), delta)
    if (!mcl.finalExp(mcl.mul(left, right)).isEqual(alphaBeta)) throw new Error('A good proof was refused.')
  }
}

function toG1([x, y]: readonly string[]): mcl.G1 {
  const point = new mcl.G1()
  point.setStr(`1 ${x} ${y}`, 10)
  return point
}

function toG2([x, y]: readonly (readonly string[])[]): mcl.G2 {
  const point = new mcl.G2()
  point.setStr(`1 ${x?.[0]} ${x?.[1]} ${y?.[0]} ${y?.[1]}`, 10)
  return point
}

function toFr(value: bigint): mcl.Fr {
  const scalar = new mcl.Fr()
  scalar.setStr(value.toString(), 10)
  return scalar
}
