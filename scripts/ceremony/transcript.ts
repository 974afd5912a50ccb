import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BEACON_ITERATIONS, type Ceremony, type Contribution, type Phase1 } from './phase1.ts'
import type { Phase2 } from './phase2.ts'
import { sha256Of } from './steps.ts'

/** What is published beside the keys: enough to compare each file, and each contributor's hash, with what it should be. */
export type Transcript = {
  readonly circuit: string
  readonly compiler: string
  readonly beacon: { readonly value: string; readonly iterationsExponent: number }
  readonly phase1: { readonly power: number; readonly sha256: string; readonly contributions: readonly Contribution[] }
  readonly phase2: { readonly contributions: readonly Contribution[] }
  /** SHA-256 of the constraint system and of the files made from it. */
  readonly sha256: { readonly r1cs: string; readonly wasm: string; readonly zkey: string; readonly vkey: string }
}

type Outcome = {
  readonly ceremony: Ceremony
  readonly circuit: string
  readonly phase1: Phase1
  readonly phase2: Phase2
  readonly r1cs: string
  /** The folder that holds the finished keys. */
  readonly keys: string
}

/** Writes down a finished ceremony. */
export async function describeCeremony(outcome: Outcome): Promise<Transcript> {
  const { ceremony, circuit, phase1, phase2, r1cs, keys } = outcome
  const manifest = new URL(import.meta.resolve('circom2/package.json'))
  const { version } = JSON.parse(await readFile(manifest, 'utf8'))
  return {
    circuit,
    compiler: `circom2 ${version} --O2`,
    beacon: { value: ceremony.beacon, iterationsExponent: BEACON_ITERATIONS },
    phase1: { power: ceremony.power, sha256: phase1.sha256, contributions: phase1.contributions },
    phase2: { contributions: phase2.contributions },
    sha256: {
      r1cs: await sha256Of(r1cs),
      wasm: await sha256Of(join(keys, `${circuit}.wasm`)),
      zkey: await sha256Of(join(keys, `${circuit}.zkey`)),
      vkey: await sha256Of(join(keys, `${circuit}.vkey.json`)),
    },
  }
}
