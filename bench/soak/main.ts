import { parseArgs } from 'node:util'
import { brokenBy, tableOf } from './report.ts'
import { type PhaseName, phaseNames, soak } from './soak.ts'

// `npm run soak -- --minutes 20`: a node under honest load beside each attack. `--only <attack>`, as often as wanted, chooses
// some; `--ms` and `--factor` say what is held of the honest's p99, for machines that do something else besides.

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    only: { type: 'string', multiple: true, default: [] },
    ms: { type: 'string', default: '250' },
    factor: { type: 'string', default: '3' },
  },
})
const isPhase = (name: string): name is PhaseName => phaseNames.some((known) => known === name)
const unknown = values.only.find((name) => !isPhase(name))
if (unknown !== undefined) {
  console.error(`There is no attack "${unknown}". There are: ${phaseNames.join(', ')}.`)
  process.exit(1)
}
const bounds = { ms: Number(values.ms), factor: Number(values.factor), bytes: 1024 ** 3 }
const { phases, acknowledged, lost, hasEnded } = await soak({
  minutes: Number(values.minutes),
  only: values.only.filter(isPhase),
  onPhase: ({ name }) => console.error(`${name} …`),
})
console.log(tableOf(phases))
console.log(`\n${acknowledged} envelopes were acknowledged; ${lost.running} were lost, ${lost.killed} after kill -9.`)
const broken = [
  ...brokenBy(phases, bounds),
  ...(lost.running + lost.killed > 0 ? ['What was acknowledged was lost.'] : []),
  ...(hasEnded ? ['The node ended before it was killed.'] : []),
]
for (const sentence of broken) console.log(sentence)
process.exit(broken.length > 0 ? 1 : 0)
