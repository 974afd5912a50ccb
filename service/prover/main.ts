import { closeOnSignal } from '../plugins/shutdown.ts'
import { readProverConfig, startProver } from './index.ts'

try {
  closeOnSignal(await startProver(readProverConfig({ env: process.env, args: process.argv.slice(2) })))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
