import { runService } from '../plugins/run.ts'
import { readNodeConfig, startNode } from './index.ts'

await runService(() => startNode(readNodeConfig({ env: process.env, args: process.argv.slice(2) })))
