export type { ProverConfig } from './config.ts'
export { type RunningProver, startProver } from './server.ts'
export { proverSettings, readProverConfig } from './settings.ts'
