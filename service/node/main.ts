#!/usr/bin/env node
import { runService } from '../plugins/run.ts'
import { nodeSettings, readNodeConfig } from './config.ts'

await runService({
  name: 'pennypost-node',
  about: 'stores and streams what meets the network and its recipients.',
  settings: nodeSettings,
  start: async (sources) => {
    const config = readNodeConfig(sources)
    const { startNode } = await import('./server.ts') // takes longer to load than all that only answers
    return await startNode(config)
  },
})
