import { runService } from '../plugins/run.ts'
import { readProverConfig, startProver } from './index.ts'

await runService(() => startProver(readProverConfig({ env: process.env, args: process.argv.slice(2) })))
