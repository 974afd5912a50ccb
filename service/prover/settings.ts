import type { NodeEntry } from '@pennypost/sdk/codec'
import { fromHex } from '@pennypost/sdk/crypto'
import {
  address,
  httpUrl,
  integer,
  listOf,
  oneOf,
  optional,
  readSettings,
  type Setting,
  type Sources,
  text,
} from '../plugins/settings.ts'
import type { Confirmations } from './chain/index.ts'
import { logLevels, type ProverConfig, proverDefaults } from './config.ts'

/** Every setting of a prover; where there is no fallback, it must be set. */
export const proverSettings = {
  host: setting('PENNYPOST_HOST', text, 'Address to listen on.', String(proverDefaults.host)),
  port: setting('PENNYPOST_PORT', integer(0, 65_535), 'Port to listen on; 0 takes a free one.', '5556'),
  dataDir: setting(
    'PENNYPOST_DATA_DIR',
    text,
    "Directory of the signer's key, the newest checkpoint and the embedded database. Keep it: a prover that forgets what it signed must not sign again with the same key.",
    '.pennypost/prover',
  ),
  databaseUrl: setting(
    'PENNYPOST_DATABASE_URL',
    optional(postgresUrl),
    'PostgreSQL to use instead of the embedded database.',
    '',
  ),
  network: setting(
    'PENNYPOST_NETWORK',
    text,
    'Name of the network; its hash is in every checkpoint.',
    'pennypost-local',
  ),
  rpcUrl: setting('PENNYPOST_RPC_URL', httpUrl, "The chain's JSON-RPC endpoint."),
  noteTree: setting('PENNYPOST_NOTE_TREE', address, 'Address of the note tree.'),
  postage: setting(
    'PENNYPOST_POSTAGE',
    listOf(address),
    'Addresses of the contracts that sell stamps, separated by commas.',
  ),
  stakes: setting('PENNYPOST_STAKES', listOf(address), 'Addresses of the stake registries, separated by commas.', ''),
  payments: setting(
    'PENNYPOST_PAYMENTS',
    listOf(address),
    'Addresses of the contracts that take payments, separated by commas.',
    '',
  ),
  checkpointRegistry: setting(
    'PENNYPOST_CHECKPOINT_REGISTRY',
    optional(address),
    'Address of the contract that says who signs checkpoints; without one, this prover signs with its own key.',
    '',
  ),
  connections: setting(
    'PENNYPOST_CONNECTIONS',
    listOf(address),
    'Addresses of the contracts that keep connections, separated by commas.',
    '',
  ),
  fromBlock: setting(
    'PENNYPOST_FROM_BLOCK',
    integer(0, Number.MAX_SAFE_INTEGER),
    'First block that can have an operation: the one in which the note tree was deployed.',
    String(proverDefaults.fromBlock),
  ),
  confirmations: setting(
    'PENNYPOST_CONFIRMATIONS',
    confirmations,
    'Blocks that must follow a block before it counts, or `finalized`. What is signed cannot be taken back.',
    String(proverDefaults.confirmations),
  ),
  checkpointSeconds: setting(
    'PENNYPOST_CHECKPOINT_SECONDS',
    integer(1, 86_400),
    'Seconds after which a checkpoint is signed even if the log has not grown; when it grows, one is signed at once.',
    String(proverDefaults.checkpointSeconds),
  ),
  pollMs: setting(
    'PENNYPOST_POLL_MS',
    integer(10, 600_000),
    'Milliseconds between two requests to the chain.',
    String(proverDefaults.pollMs),
  ),
  blockRange: setting(
    'PENNYPOST_BLOCK_RANGE',
    integer(1, 1_000_000),
    'Most blocks to request at once; halved automatically if the endpoint refuses.',
    String(proverDefaults.blockRange),
  ),
  signerKey: setting(
    'PENNYPOST_SIGNER_KEY',
    optional(text),
    'Private key that signs checkpoints, 64 hex digits; if not set, one is made and kept in the data directory.',
    '',
  ),
  reporterKey: setting(
    'PENNYPOST_REPORTER_KEY',
    optional(privateKey),
    'Private key, 64 hex digits, of an account with some ether: it slashes stakes whose secrets nodes have published, and gets the reward. Without it they are only listed.',
    '',
  ),
  nodes: setting(
    'PENNYPOST_NODES',
    listOf(node),
    "The network's nodes, as URL=key, separated by commas; the key is the node's Ed25519 key, 64 hex digits.",
    '',
  ),
  rateLimits: setting(
    'PENNYPOST_RATE_LIMITS',
    oneOf('on', 'off'),
    'Limit callers to 600 requests a minute, 120 of them for leaves.',
    onOff(proverDefaults.rateLimits),
  ),
  trustProxy: setting(
    'PENNYPOST_TRUST_PROXY',
    oneOf('on', 'off'),
    "Take a caller's address from X-Forwarded-For; only behind a proxy that sets it.",
    onOff(proverDefaults.trustProxy),
  ),
  logLevel: setting(
    'PENNYPOST_LOG_LEVEL',
    oneOf(...logLevels),
    'How much is logged, as lines of JSON.',
    proverDefaults.logLevel,
  ),
} as const

/** Reads all settings; throws an error of one line that names the first bad one. */
export function readProverConfig(sources: Sources): ProverConfig {
  const settings = readSettings(proverSettings, sources)
  const {
    fromBlock,
    blockRange,
    rateLimits,
    trustProxy,
    databaseUrl,
    signerKey,
    reporterKey,
    checkpointRegistry,
    ...rest
  } = settings
  return {
    ...rest,
    fromBlock: BigInt(fromBlock),
    blockRange: BigInt(blockRange),
    rateLimits: rateLimits === 'on',
    trustProxy: trustProxy === 'on',
    ...(databaseUrl !== undefined && { databaseUrl }),
    ...(signerKey !== undefined && { signerKey }),
    ...(reporterKey !== undefined && { reporterKey }),
    ...(checkpointRegistry !== undefined && { checkpointRegistry }),
  }
}

function setting<T>(name: Setting<T>['name'], read: (text: string) => T, about: string, fallback?: string): Setting<T> {
  return { name, read, about, ...(fallback !== undefined && { fallback }) }
}

function privateKey(value: string): `0x${string}` {
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(value)) throw new RangeError('expected 64 hex digits.')
  return `0x${value.replace(/^0x/, '')}`
}

function onOff(isOn: boolean): 'on' | 'off' {
  return isOn ? 'on' : 'off'
}

function confirmations(value: string): Confirmations {
  return value === 'finalized' ? value : integer(0, 10_000)(value)
}

function node(value: string): Pick<NodeEntry, 'url' | 'key'> {
  const at = value.lastIndexOf('=')
  const [url, key] = [value.slice(0, Math.max(at, 0)), value.slice(at + 1)]
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(key))
    throw new RangeError(`expected URL=key with 64 hex digits, found "${value}".`)
  return { url: httpUrl(url), key: fromHex(key) }
}

function postgresUrl(value: string): string {
  if (/^postgres(ql)?:\/\//.test(value)) return value
  throw new RangeError('expected a URL that starts with postgres:// or postgresql://.')
}
