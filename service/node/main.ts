import { BaseError } from '@pennypost/sdk/verifier'
import { closeOnSignal } from '../plugins/shutdown.ts'
import { readNodeConfig, startNode } from './index.ts'

try {
  closeOnSignal(await startNode(readNodeConfig({ env: process.env, args: process.argv.slice(2) })))
} catch (error) {
  if (!(error instanceof BaseError)) throw error
  console.error(error.message)
  process.exit(1)
}
