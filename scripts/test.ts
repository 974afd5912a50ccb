import { readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from './make-folder.ts'
import { runStep } from './steps.ts'

// Every test of the product: TypeScript by vitest and, in what that leaves of the processor, Solidity by Hardhat, whose tests compile
// meanwhile: they wait for nothing, and nothing waits for them.
// What failed is named once more at the end, and the last line counts both. With arguments, only the vitest files that match them,
// those among them that are otherwise left to `npm run check`.

type Count = { passed: number; failures: string[] }
type VitestReport = {
  numPassedTests: number
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
  }[]
}

/** All but what the gate runs: the pages and the packed packages. */
const product = ['--project', '!gate']
const filters = process.argv.slice(2)
const folder = await makeFolder()
const env = { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0', TMPDIR: folder }

await runStep({ name: 'compile', command: ['hardhat', 'build', '--no-tests', '--quiet'] }, { echo: true, env })
const counts = await Promise.all([runVitest(), ...(filters.length === 0 ? [runSolidity()] : [])])
const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failures = counts.flatMap((count) => count.failures)

for (const failure of failures) console.log(`\nfailed: ${failure}`)
console.log(`\n${passed} passed, ${failures.length} failed`)
process.exit(failures.length === 0 && passed > 0 ? 0 : 1)

async function runVitest(): Promise<Count> {
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const compiled = { NODE_COMPILE_CACHE: join(folder, 'compiled') } // most processes load the same modules
  const { code } = await runStep(
    { name: 'vitest', command: ['vitest', 'run', ...reporters, ...(filters.length === 0 ? product : filters)] },
    { echo: true, env: { ...env, ...compiled } },
  )
  const { numPassedTests, testResults }: VitestReport = JSON.parse(await readFile(report, 'utf8'))
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (status === 'failed' && failed.length === 0) return [`${name}\n${message}`] // it did not load, or a hook failed
    return failed.map((test) => `${name} > ${test.fullName}\n${test.failureMessages.join('\n')}`)
  })
  // Something outside of all tests, such as an unhandled rejection, is told by the exit code alone.
  if (code !== 0 && failures.length === 0) failures.push('vitest, outside of its tests: see above')
  return { passed: numPassedTests, failures }
}

async function runSolidity(): Promise<Count> {
  const profile = process.env.CI ? ['--test-profile', 'ci'] : []
  const command = ['hardhat', 'test', 'solidity', ...profile]
  const { PRIORITY_LOW } = constants.priority
  const { code, output } = await runStep({ name: 'solidity', command }, { env, priority: PRIORITY_LOW })
  console.log(output)
  const count = (word: string) => Number(output.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0)
  const failing = Math.max(count('failing'), code === 0 ? 0 : 1)
  return { passed: count('passing'), failures: Array<string>(failing).fill('solidity: see above') }
}
