import { fileURLToPath } from 'node:url'
import type { NodeConfig } from './config.ts'

/** Where the app comes from, and what it is told. */
export type AppSource = {
  /** The folder of the built app. */
  readonly folder: string
  /** The folder of the files that prove, where the app has none of its own. */
  readonly keys: string
  /**
   * What a network for trying things out tells the app besides: accounts that anybody may use, and its chain. No setting sets
   * it, so that no other node can.
   */
  readonly local?: (() => LocalOffer) | undefined
  readonly config: NodeConfig
}

/** An account that anybody may use. */
type LocalAccount = {
  readonly name: string
  readonly about: string
  readonly address: `0x${string}`
  readonly key: `0x${string}`
}

/** What a network for trying things out offers; `chain` has the URL of its endpoint and addresses of contracts. */
export type LocalOffer = {
  readonly accounts: readonly LocalAccount[]
  readonly chain: { readonly rpcUrl: string } & Readonly<Record<string, string>>
}

const nearSources = new URL('../../web/dist/', import.meta.url)
const nearBuilt = new URL('../app/', import.meta.url)

const isBuilt = !import.meta.url.endsWith('.ts')

/** The app as it is built in the repository, or as it comes with the published service. */
export const builtApp = fileURLToPath(isBuilt ? nearBuilt : nearSources)

/** As they come with the SDK: 15 MB, which the published service does not carry once more. */
export const sdkKeys = fileURLToPath(
  isBuilt
    ? new URL('.', import.meta.resolve('@pennypost/sdk/keys/ticket.zkey'))
    : new URL('../../circuits/keys/', import.meta.url),
)
