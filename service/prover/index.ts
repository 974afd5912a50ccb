export { type ProverConfig, type ProverOptions, proverSettings, readProverConfig } from './config.ts'
export { type ProverEdges, type RunningProver, startProver } from './server.ts'
