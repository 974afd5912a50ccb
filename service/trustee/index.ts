export { readTrusteeConfig, type TrusteeConfig, type TrusteeOptions, trusteeSettings } from './config.ts'
export { type RunningTrustee, startTrustee, type TrusteeEdges } from './server.ts'
