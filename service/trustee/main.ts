#!/usr/bin/env node
import { runService } from '../plugins/run.ts'
import { readTrusteeConfig, trusteeSettings } from './config.ts'

await runService({
  name: 'pennypost-trustee',
  about: 'holds shares of letters to accounts that have no keys yet, and hands them out to their owners.',
  settings: trusteeSettings,
  start: async (sources) => {
    const config = readTrusteeConfig(sources)
    const { startTrustee } = await import('./server.ts') // takes longer to load than all that only answers
    return await startTrustee(config)
  },
})
