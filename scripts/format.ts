import { runStep } from './steps.ts'

// Formats everything and fixes what the linters can fix.

await runStep({ name: 'TypeScript', command: ['biome', 'check', '--write', '.'] }, { echo: true })
await runStep(
  { name: 'Solidity', command: ['prettier', '--write', 'contracts/**/*.sol', 'test/contracts/**/*.sol'] },
  { echo: true },
)
