#!/usr/bin/env node
import { runService } from '../plugins/run.ts'
import { proverSettings, readProverConfig } from './config.ts'

// Watches what nodes and provers of a network serve, and has those slashed who signed something false. Keeps nothing.
const { port, dataDir } = proverSettings
const settings = { ...proverSettings, port: { ...port, fallback: '5557' }, dataDir: { ...dataDir, fallback: 'memory' } }
const own = { [port.name]: settings.port.fallback, [dataDir.name]: settings.dataDir.fallback }

await runService({
  name: 'pennypost-watch',
  about: 'compares what nodes and provers serve with the chain, and has those slashed who signed something false.',
  settings,
  start: async ({ env, args }) => {
    const config = readProverConfig({ env: { ...own, ...env }, args })
    const { startProver } = await import('./server.ts')
    return await startProver({ ...config, signing: 'off' })
  },
})
