import { runStep, type Step } from './steps.ts'

// The developer's gate, cheapest first. Each step is a command that can be run alone.

const node = ['node', '--disable-warning=ExperimentalWarning']
const steps: readonly Step[] = [
  { name: 'format, lint', command: ['biome', 'ci', '--error-on-warnings', '.'] },
  { name: 'wire', command: ['buf', 'lint'] },
  { name: 'generated files', command: [...node, 'scripts/generate/main.ts', '--check'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  {
    name: 'layers',
    command: [
      'depcruise',
      '--config',
      '.dependency-cruiser.cjs',
      'sdk',
      'service',
      'scripts',
      'web',
      'bench',
      'examples',
    ],
  },
  { name: 'dead code', command: ['knip'] },
  { name: 'Solidity format', command: ['prettier', '--check', 'contracts/**/*.sol', 'test/contracts/**/*.sol'] },
  {
    name: 'Solidity lint',
    command: ['solhint', '--max-warnings', '0', 'contracts/**/*.sol', 'test/contracts/**/*.sol'],
  },
  { name: 'build, sizes', command: [...node, 'scripts/build.ts', '--check'] },
  { name: 'docs', command: ['vitest', 'run', 'test/docs'] },
  { name: 'packages', command: ['vitest', 'run', 'test/packages'] },
]

const failed: Step[] = []
for (const step of steps) {
  const { code, output, seconds } = await runStep(step)
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${step.name.padEnd(18)} ${seconds.toFixed(1)} s`)
  if (code === 0) continue
  failed.push(step)
  console.log(output)
}

for (const { name, command } of failed) console.log(`${name}: fix it, then run it again: npx ${command.join(' ')}`)
console.log(
  failed.length === 0
    ? 'All checks pass.'
    : `${failed.length} of ${steps.length} checks failed. "npm run format" and "npm run generate" fix most.`,
)
process.exit(failed.length === 0 ? 0 : 1)
