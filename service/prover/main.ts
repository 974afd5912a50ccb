#!/usr/bin/env node
import { runService } from '../plugins/run.ts'
import { proverSettings, readProverConfig } from './config.ts'

await runService({
  name: 'pennypost-prover',
  about: 'reads a chain, and signs what nodes and clients need to know of it.',
  settings: proverSettings,
  start: async (sources) => {
    const config = readProverConfig(sources)
    const { startProver } = await import('./server.ts') // takes longer to load than all that only answers
    return await startProver(config)
  },
})
