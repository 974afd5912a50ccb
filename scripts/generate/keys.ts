import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { assertSoundKey, type VerifyingKeyJson } from '../../sdk/verifier/groth16.ts'
import { type CircuitName, circuitNames } from './circuits.ts'

/** The verification keys as TypeScript, so that a verifier needs no file: path from the root → content. */
export async function generateKeys(): Promise<Map<string, string>> {
  const parts = await Promise.all(circuitNames.map(describeKeys))
  const text = ['// Generated from circuits/keys by `npm run generate`. Do not edit.', '', ...parts.flat()]
  return new Map([['sdk/generated/keys.ts', text.join('\n')]])
}

async function describeKeys(circuit: CircuitName): Promise<string[]> {
  return [
    `/** Verification key of the ${circuit} circuit, from a DEVELOPMENT ceremony: not for value. */`,
    `export const ${circuit}Key = ${JSON.stringify(await readKey(circuit), null, 2)} as const`,
    '',
    `/** SHA-256 of what proves ${circuit}s, in hex: a prover loads nothing else. */`,
    `export const ${circuit}Artifacts = ${JSON.stringify(await hashArtifacts(circuit), null, 2)} as const`,
    '',
  ]
}

async function readKey(circuit: CircuitName): Promise<VerifyingKeyJson> {
  const json = JSON.parse(await readFile(`circuits/keys/${circuit}.vkey.json`, 'utf8'))
  const { nPublic, vk_alpha_1, vk_beta_2, vk_gamma_2, vk_delta_2, IC } = json as VerifyingKeyJson
  const key = { nPublic, vk_alpha_1, vk_beta_2, vk_gamma_2, vk_delta_2, IC }
  assertSoundKey(key)
  return key
}

async function hashArtifacts(circuit: CircuitName) {
  const hash = async (path: string) =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
  return { wasm: await hash(`circuits/keys/${circuit}.wasm`), zkey: await hash(`circuits/keys/${circuit}.zkey`) }
}
