import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type VerificationKey, zKey } from 'snarkjs'
import { assertSoundKey } from './check-key.ts'
import { BEACON_ITERATIONS, type Ceremony, type Contribution } from './phase1.ts'
import { runStep, type Step } from './steps.ts'

/** The outcome of phase 2: one circuit's proving key, its verification key, and how they came about. */
export type Phase2 = {
  readonly zkey: string
  readonly key: VerificationKey
  readonly contributions: Contribution[]
}

type Circuit = { readonly name: string; readonly r1cs: string; readonly ptau: string }

/** Phase 2: the keys of one circuit. The last file is checked against the circuit, not only against the one before. */
export async function runPhase2(ceremony: Ceremony, circuit: Circuit): Promise<Phase2> {
  const file = (name: string) => join(ceremony.folder, `${circuit.name}-${name}.zkey`)
  const contributions: Contribution[] = []
  await runStep(setupStep(circuit, file('0')))

  let last = file('0')
  for (const [i, name] of ceremony.contributors.entries()) {
    const output = file(`${i + 1}`)
    const { hash = '' } = await runStep(contributeStep(circuit, { from: last, output, name }))
    contributions.push({ name, hash })
    last = output
  }

  const { hash = '' } = await runStep(beaconStep(circuit, { from: last, output: file('final'), name: ceremony.beacon }))
  contributions.push({ name: 'beacon', hash })
  return { zkey: file('final'), key: await zKey.exportVerificationKey(file('final')), contributions }
}

type Link = { readonly from: string; readonly output: string; readonly name: string }

function setupStep({ name, r1cs, ptau }: Circuit, output: string): Step {
  return {
    name: `${name}, begin`,
    output,
    inputs: [r1cs, ptau],
    make: async (to, logger) => {
      const hash = await zKey.newZKey(r1cs, ptau, to, logger)
      if (hash === -1) throw new Error(`${name} does not fit the powers of phase 1.`)
      return hash
    },
  }
}

function contributeStep(circuit: Circuit, { from, output, name }: Link): Step {
  return {
    name: `${circuit.name}, contribution of ${name}`,
    output,
    inputs: [from],
    make: (to, logger) => zKey.contribute(from, to, name, randomBytes(64).toString('hex'), logger),
  }
}

function beaconStep({ name, r1cs, ptau }: Circuit, { from, output, name: beacon }: Link): Step {
  return {
    name: `${name}, beacon ${beacon}`,
    output,
    inputs: [from, r1cs, ptau],
    make: async (to, logger) => {
      const hash = await zKey.beacon(from, to, 'beacon', beacon, BEACON_ITERATIONS, logger)
      return hash || undefined
    },
    verify: async (file, logger) => {
      assertSoundKey(await zKey.exportVerificationKey(file))
      return zKey.verifyFromR1cs(r1cs, ptau, file, logger)
    },
  }
}
