export { buildNode } from './app.ts'
export { type NodeConfig, nodeSettings, readNodeConfig } from './config.ts'
export { type RunningNode, startNode } from './server.ts'
