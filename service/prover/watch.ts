import { runService } from '../plugins/run.ts'
import { readProverConfig, startProver } from './index.ts'

// Watches what nodes and provers of a network serve, and has those slashed who signed something false. Keeps nothing.
const env = { PENNYPOST_PORT: '5557', PENNYPOST_DATA_DIR: 'memory', ...process.env }
await runService(() => startProver({ ...readProverConfig({ env, args: process.argv.slice(2) }), signing: 'off' }))
