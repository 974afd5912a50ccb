export { CheckpointWatcher, type Finding } from './checkpoint-watcher.ts'
export { createDisputer } from './send-dispute.ts'
