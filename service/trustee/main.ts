#!/usr/bin/env node
import { runService } from '../plugins/run.ts'
import { readTrusteeConfig, startTrustee, trusteeSettings } from './index.ts'

await runService({
  name: 'pennypost-trustee',
  about: 'holds shares of letters to accounts that have no keys yet, and hands them out to their owners.',
  settings: trusteeSettings,
  start: (sources) => startTrustee(readTrusteeConfig(sources)),
})
