import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { runStep } from './steps.ts'

// Every test: TypeScript by vitest and, in what that leaves of the processor, Solidity by Hardhat, whose tests take longer to
// compile than the contracts: they wait for nothing, and nothing waits for them.
// The last line counts both. With arguments, only the vitest files that match them.

type Count = { passed: number; failed: number }

const filters = process.argv.slice(2)
const env = { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' }

await runStep({ name: 'compile', command: ['hardhat', 'build', '--no-tests', '--quiet'] }, { echo: true, env })
const counts = await Promise.all([runVitest(), ...(filters.length === 0 ? [runSolidity()] : [])])
const total = counts.reduce((sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }))

console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1)

async function runVitest(): Promise<Count> {
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-test-'))
  try {
    const report = join(folder, 'report.json')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const { code } = await runStep(
      { name: 'vitest', command: ['vitest', 'run', ...reporters, ...filters] },
      { echo: true, env },
    )
    const { numPassedTests, numFailedTests } = JSON.parse(await readFile(report, 'utf8'))
    // A file that fails to load has no failed test; the exit code tells.
    return { passed: numPassedTests, failed: Math.max(numFailedTests, code === 0 ? 0 : 1) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runSolidity(): Promise<Count> {
  const profile = process.env.CI ? ['--test-profile', 'ci'] : []
  const command = ['hardhat', 'test', 'solidity', ...profile]
  const { PRIORITY_LOW } = constants.priority
  const { code, output } = await runStep({ name: 'solidity', command }, { env, priority: PRIORITY_LOW })
  console.log(output)
  const count = (word: string) => Number(output.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0)
  return { passed: count('passing'), failed: Math.max(count('failing'), code === 0 ? 0 : 1) }
}
