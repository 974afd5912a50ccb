#!/usr/bin/env node
import { runService } from '../plugins/run.ts'
import { nodeSettings, readNodeConfig, startNode } from './index.ts'

await runService({
  name: 'pennypost-node',
  about: 'stores and streams what meets the network and its recipients.',
  settings: nodeSettings,
  start: (sources) => startNode(readNodeConfig(sources)),
})
