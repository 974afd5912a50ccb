import { createHash } from 'node:crypto'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { curves } from 'snarkjs'
import { type CircuitName, circuitNames, compileCircuit } from '../generate/circuits.ts'
import { assertSoundKey } from './check-key.ts'
import { type Ceremony, type Phase1, runPhase1 } from './phase1.ts'
import { runPhase2 } from './phase2.ts'
import { describeCeremony } from './transcript.ts'

const usage = `npm run ceremony -- [options]

Makes the keys of the circuits in circuits/keys. Stopped at any moment, it goes on where it was.

  --circuit NAME       one for each circuit (default: all); the keys of others stay as they are
  --contributor NAME   one for each contributor, in order (default: two of this machine's own)
  --beacon HEX         a public random value from after the last contribution (default: a fixed one)
  --folder PATH        where the steps are kept (default: .pennypost/ceremony)

With the defaults the keys are DEVELOPMENT keys: whoever ran this could forge tickets and credentials.`

/** All circuits fit 2^13 constraints. */
const power = 13

const root = fileURLToPath(new URL('../../', import.meta.url))
const keys = join(root, 'circuits/keys')

const { values } = parseArgs({
  options: {
    circuit: { type: 'string', multiple: true, default: [...circuitNames] },
    contributor: { type: 'string', multiple: true, default: ['development 1', 'development 2'] },
    beacon: { type: 'string', default: createHash('sha256').update('pennypost development ceremony').digest('hex') },
    folder: { type: 'string', default: join(root, '.pennypost/ceremony') },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(usage)
else await runCeremony({ folder: values.folder, power, contributors: values.contributor, beacon: values.beacon })

async function runCeremony(ceremony: Ceremony): Promise<void> {
  if (!/^([0-9a-f]{2}){1,255}$/.test(ceremony.beacon)) throw new Error('The beacon must be 1 to 255 bytes of hex.')
  if (ceremony.contributors.length === 0) throw new Error('A ceremony needs a contributor.')
  const circuits = values.circuit.map(requireCircuit)

  const phase1 = await runPhase1(ceremony)
  for (const circuit of circuits) await makeKeys(ceremony, { circuit, phase1 })
  console.log(`ceremony: keys and transcripts are in ${keys}`)

  await (await curves.getCurveFromName('bn128')).terminate() // its workers would keep the process alive
}

function requireCircuit(name: string): CircuitName {
  const found = circuitNames.find((circuit) => circuit === name)
  if (found) return found
  throw new Error(`There is no circuit "${name}". There are: ${circuitNames.join(', ')}.`)
}

type Making = { readonly circuit: CircuitName; readonly phase1: Phase1 }

async function makeKeys(ceremony: Ceremony, { circuit, phase1 }: Making): Promise<void> {
  const { r1cs, wasm } = await compileCircuit(circuit)
  const phase2 = await runPhase2(ceremony, { name: circuit, r1cs, ptau: phase1.ptau })
  assertSoundKey(phase2.key)

  const file = (name: string) => join(keys, `${circuit}.${name}`)
  await copyFile(wasm, file('wasm'))
  await copyFile(phase2.zkey, file('zkey'))
  await writeFile(file('vkey.json'), `${JSON.stringify(phase2.key, null, 2)}\n`)
  const transcript = await describeCeremony({ ceremony, circuit, phase1, phase2, r1cs, keys })
  await writeFile(file('transcript.json'), `${JSON.stringify(transcript, null, 2)}\n`)
}
