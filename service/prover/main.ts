#!/usr/bin/env node
import { runService } from '../plugins/run.ts'
import { proverSettings, readProverConfig, startProver } from './index.ts'

await runService({
  name: 'pennypost-prover',
  about: 'reads a chain, and signs what nodes and clients need to know of it.',
  settings: proverSettings,
  start: (sources) => startProver(readProverConfig(sources)),
})
