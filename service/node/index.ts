export { buildNode } from './app.ts'
export { assembleNode, type NodeEdges } from './assemble.ts'
export { completeConfig, type NodeConfig, nodeSettings, readNodeConfig } from './config.ts'
export { type RunningNode, startNode } from './server.ts'
