import type { NodeEntry } from '@pennypost/sdk/codec'
import type { Address } from '@pennypost/sdk/crypto'
import type { Hex } from 'viem'
import type { Confirmations } from './chain/index.ts'

/** What a prover is started with. */
export type ProverConfig = {
  /** The network's name. */
  readonly network: string
  /** JSON-RPC endpoint of the chain. */
  readonly rpcUrl: string
  readonly noteTree: Address
  /** Contracts that sell stamps. */
  readonly postage: readonly Address[]
  /** Registries of stakes; none by default. */
  readonly stakes?: readonly Address[]
  /** Contracts that take payments; none by default. */
  readonly payments?: readonly Address[]
  /** Says who signs checkpoints; without one, this prover's key goes on. */
  readonly checkpointRegistry?: Address
  /** Contracts that keep connections; none by default. */
  readonly connections?: readonly Address[]
  /** The first block that may hold an operation; 0 by default. */
  readonly fromBlock?: bigint
  /** Blocks below the newest that a block must lie, or `finalized`; `finalized` by default. What is signed cannot be taken back. */
  readonly confirmations?: Confirmations
  /** Seconds after which a checkpoint is made although the log did not grow; 300 by default. */
  readonly checkpointSeconds?: number
  /** Milliseconds between two looks at the chain; 1,000 by default. */
  readonly pollMs?: number
  /** The most blocks asked for at once; 2,000 by default. */
  readonly blockRange?: bigint
  /** Private key, hex; without one a key is made and kept in the data directory. */
  readonly signerKey?: string
  /** Private key, hex, of the account that slashes cheaters; without one they are only found. */
  readonly reporterKey?: Hex
  /** The network's nodes, as checkpoints say. */
  readonly nodes?: readonly Pick<NodeEntry, 'url' | 'key'>[]

  /** 127.0.0.1 by default. */
  readonly host?: string
  /** A free port by default. */
  readonly port?: number
  /** Where database, key and journal are; without one all is in memory and gone with the process. */
  readonly dataDir?: string
  /** A PostgreSQL database instead of the embedded one. */
  readonly databaseUrl?: string
  /** On by default. */
  readonly rateLimits?: boolean
  /** Take the address of a caller from X-Forwarded-For; off by default. */
  readonly trustProxy?: boolean
  /** `info` by default. */
  readonly logLevel?: LogLevel
}

export type LogLevel = (typeof logLevels)[number]

export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

/** What holds where nothing is said, on the command line and in `startProver`. */
export const proverDefaults = {
  fromBlock: 0n,
  confirmations: 'finalized',
  checkpointSeconds: 300,
  pollMs: 1_000,
  blockRange: 2_000n,
  host: '127.0.0.1',
  rateLimits: true,
  trustProxy: false,
  logLevel: 'info',
} as const satisfies Partial<ProverConfig>

/** A configuration with nothing left open but what may be absent; embedded, a prover takes a free port. */
export function withDefaults(config: ProverConfig) {
  const none = { nodes: [], stakes: [], payments: [], connections: [] }
  return { ...none, port: 0, ...proverDefaults, ...config } satisfies ProverConfig
}

export type FullConfig = ReturnType<typeof withDefaults>
