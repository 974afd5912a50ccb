import { parseRule } from '@pennypost/sdk/policy'
import {
  address,
  httpUrl,
  integer,
  listOf,
  oneOf,
  optional,
  readSettings,
  type Setting,
  SettingInvalidError,
  type Sources,
  text,
  type Values,
} from '../plugins/settings.ts'
import { groth16Kinds } from './groth16.ts'

/** How much is logged. */
export type LogLevel = (typeof logLevels)[number]

const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

const about = <T>(
  name: Setting<T>['name'],
  read: Setting<T>['read'],
  fallback: string,
  sentence: string,
): Setting<T> => ({
  name,
  read,
  fallback,
  about: sentence,
})

/** Every setting of a node; none is required. */
export const nodeSettings = {
  host: about('PENNYPOST_HOST', text, '127.0.0.1', 'Address to listen on.'),
  port: about('PENNYPOST_PORT', integer(0, 65_535), '5555', 'Port to listen on; 0 takes a free one.'),
  dataDir: about(
    'PENNYPOST_DATA_DIR',
    (value) => (value === 'memory' ? undefined : value),
    '.pennypost/node',
    'Directory of the embedded database; `memory` keeps nothing.',
  ),
  databaseUrl: about(
    'PENNYPOST_DATABASE_URL',
    optional(postgresUrl),
    '',
    'PostgreSQL to use instead of the embedded database.',
  ),
  network: about(
    'PENNYPOST_NETWORK',
    text,
    'pennypost-local',
    'Name of the network; all evidence is bound to its hash.',
  ),
  floor: about('PENNYPOST_FLOOR', rule, 'everyone', 'What every sender must meet, as policy text.'),
  defaultRule: about(
    'PENNYPOST_DEFAULT_RULE',
    rule,
    'connection or request or stamp 1',
    'What recipients ask who have published no rule; `everyone` makes an open V2 node.',
  ),
  provers: about(
    'PENNYPOST_PROVERS',
    listOf(httpUrl),
    '',
    'URLs of the provers whose checkpoints the node follows, separated by commas.',
  ),
  signers: about(
    'PENNYPOST_SIGNERS',
    listOf(address),
    '',
    'Addresses whose signatures count on the first checkpoint, separated by commas; each checkpoint may name the signers of the next.',
  ),
  threshold: about(
    'PENNYPOST_THRESHOLD',
    integer(1, 64),
    '1',
    'How many of these signers must have signed a checkpoint.',
  ),
  checkpointSeconds: about(
    'PENNYPOST_CHECKPOINT_SECONDS',
    integer(1, 3600),
    '5',
    'Seconds between two requests to a prover.',
  ),
  requestBits: about(
    'PENNYPOST_REQUEST_BITS',
    integer(0, 64),
    '20',
    'Leading zero bits that a request costs; each further bit doubles the work.',
  ),
  requestsPerDay: about(
    'PENNYPOST_REQUESTS_PER_DAY',
    integer(0, 1_000_000),
    '3',
    'Requests that a recipient gets in a day. They are cheap for spammers, so whatever room there is gets filled (docs/economics.md).',
  ),
  walletUnits: about(
    'PENNYPOST_WALLET_UNITS',
    optional(integer(0, 1_000_000_000)),
    '',
    'Units of 4 KiB that a wallet without a lane may publish in conversations in a day; empty: unlimited if the floor is `everyone`, otherwise 256.',
  ),
  rateLimits: about(
    'PENNYPOST_RATE_LIMITS',
    oneOf('on', 'off'),
    'on',
    'Limits per address: 12,000 requests, 300 lanes on letters topics and 20 failed proofs a minute, streams on a million topics. `off` for load tests.',
  ),
  trustProxy: about(
    'PENNYPOST_TRUST_PROXY',
    oneOf('on', 'off'),
    'off',
    "Take a caller's address from X-Forwarded-For; only behind a proxy that sets it.",
  ),
  groth16: about(
    'PENNYPOST_GROTH16',
    oneOf(...groth16Kinds),
    'mcl',
    'What verifies tickets: `mcl` (WebAssembly, about 5 ms each and 1 ms in batches) or `portable` (34 ms each).',
  ),
  logLevel: about(
    'PENNYPOST_LOG_LEVEL',
    oneOf(...logLevels),
    'info',
    'How much is logged, as JSON lines on standard output.',
  ),
  publicUrl: about(
    'PENNYPOST_PUBLIC_URL',
    optional(httpUrl),
    '',
    'URL at which others reach the node; empty: the one it listens on.',
  ),
  provideUrl: about(
    'PENNYPOST_PROVIDE_URL',
    optional(httpUrl),
    '',
    'Where refused senders are referred to; empty: /docs at the public URL.',
  ),
} as const

/** What a node is started with. */
export type NodeConfig = Values<typeof nodeSettings>

/** Reads the settings; flags win over variables. Throws one clear line that names the setting. */
export function readNodeConfig(sources: Sources): NodeConfig {
  return checkConfig(readSettings(nodeSettings, sources))
}

/** A configuration from some of its values: the others are as documented. */
export function completeConfig(some: Partial<NodeConfig> = {}): NodeConfig {
  return checkConfig({ ...readSettings(nodeSettings, { env: {}, args: [] }), ...some })
}

function checkConfig(config: NodeConfig): NodeConfig {
  const { provers, signers, threshold } = config
  if (provers.length > 0 && new Set(signers).size < threshold) {
    throw new SettingInvalidError(
      `PENNYPOST_SIGNERS: expected at least ${threshold} addresses, as PENNYPOST_PROVERS and PENNYPOST_THRESHOLD require.`,
    )
  }
  return config
}

function rule(value: string) {
  return parseRule(value)
}

function postgresUrl(value: string): string {
  if (/^postgres(ql)?:\/\//.test(value)) return value
  throw new RangeError('expected a URL that starts with postgres:// or postgresql://.')
}
