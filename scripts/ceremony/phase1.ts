import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { curves, powersOfTau } from 'snarkjs'
import { runStep, type Step } from './steps.ts'

/** How a ceremony is run: who contributes, and which public value closes it. */
export type Ceremony = {
  readonly folder: string
  /** Circuits of up to 2^power constraints fit. */
  readonly power: number
  readonly contributors: readonly string[]
  /** A public random value that nobody could know before the last contribution: 1 to 255 bytes of hex. */
  readonly beacon: string
}

/** What the transcript keeps of one contribution. */
export type Contribution = { readonly name: string; readonly hash: string }

/** The outcome of phase 1: a file for phase 2, and how it came about. */
export type Phase1 = { readonly ptau: string; readonly sha256: string; readonly contributions: Contribution[] }

/** The beacon is hashed 2^10 times. */
export const BEACON_ITERATIONS = 10

/** Phase 1, the same for every circuit: powers of a secret nobody knows, prepared for phase 2. */
export async function runPhase1(ceremony: Ceremony): Promise<Phase1> {
  const file = (name: string) => join(ceremony.folder, `phase1-${name}.ptau`)
  const contributions: Contribution[] = []
  await runStep(beginStep(ceremony.power, file('0')))

  let last = file('0')
  for (const [i, name] of ceremony.contributors.entries()) {
    const output = file(`${i + 1}`)
    const { hash = '' } = await runStep(contributeStep(last, output, name))
    contributions.push({ name, hash })
    last = output
  }

  const { hash = '' } = await runStep(beaconStep(last, file('beacon'), ceremony.beacon))
  contributions.push({ name: 'beacon', hash })

  const { sha256 } = await runStep(prepareStep(file('beacon'), file('final')))
  return { ptau: file('final'), sha256, contributions }
}

function beginStep(power: number, output: string): Step {
  return {
    name: `phase 1, begin with 2^${power}`,
    output,
    inputs: [],
    make: async (to, logger) => powersOfTau.newAccumulator(await curves.getCurveFromName('bn128'), power, to, logger),
  }
}

function contributeStep(from: string, output: string, name: string): Step {
  return {
    name: `phase 1, contribution of ${name}`,
    output,
    inputs: [from],
    make: (to, logger) => powersOfTau.contribute(from, to, name, randomBytes(64).toString('hex'), logger),
  }
}

function beaconStep(from: string, output: string, beacon: string): Step {
  return {
    name: `phase 1, beacon ${beacon}`,
    output,
    inputs: [from],
    make: async (to, logger) => {
      const hash = await powersOfTau.beacon(from, to, 'beacon', beacon, BEACON_ITERATIONS, logger)
      return hash || undefined
    },
  }
}

/** The whole chain of phase 1 is verified here, once, with what was prepared. */
function prepareStep(from: string, output: string): Step {
  return {
    name: 'phase 1, prepare',
    output,
    inputs: [from],
    make: async (to, logger) => {
      await powersOfTau.preparePhase2(from, to, logger)
      return undefined
    },
    verify: (file, logger) => powersOfTau.verify(file, logger),
  }
}
