import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { assertSoundKey, type VerifyingKeyJson } from '../../sdk/verifier/groth16.ts'

/** The verification keys as TypeScript, so that a verifier needs no file: path from the root → content. */
export async function generateKeys(): Promise<Map<string, string>> {
  const json = JSON.parse(await readFile('circuits/keys/ticket.vkey.json', 'utf8'))
  const { nPublic, vk_alpha_1, vk_beta_2, vk_gamma_2, vk_delta_2, IC } = json as VerifyingKeyJson
  const key = { nPublic, vk_alpha_1, vk_beta_2, vk_gamma_2, vk_delta_2, IC }
  assertSoundKey(key)
  const text = [
    '// Generated from circuits/keys by `npm run generate`. Do not edit.',
    '',
    '/** Verification key of the ticket circuit, from a DEVELOPMENT ceremony: not for value. */',
    `export const ticketKey = ${JSON.stringify(key, null, 2)} as const`,
    '',
    '/** SHA-256 of what proves tickets, in hex: a prover loads nothing else. */',
    `export const ticketArtifacts = ${JSON.stringify(await artifacts(), null, 2)} as const`,
    '',
  ]
  return new Map([['sdk/generated/keys.ts', text.join('\n')]])
}

async function artifacts() {
  const hash = async (path: string) =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
  return { wasm: await hash('circuits/keys/ticket.wasm'), zkey: await hash('circuits/keys/ticket.zkey') }
}
