import type { NodeEntry } from '@pennypost/sdk/codec'
import { fromHex } from '@pennypost/sdk/crypto'
import { trustedProxies } from '../plugins/callers.ts'
import { insideSettings } from '../plugins/inside.ts'
import {
  address,
  completeSettings,
  directory,
  hex32,
  httpUrl,
  integer,
  listOf,
  logLevel,
  onOff,
  optional,
  postgresUrl,
  readSettings,
  required,
  type Sources,
  setting,
  text,
  type Values,
} from '../plugins/settings.ts'
import type { Confirmations } from './chain/index.ts'
import { factSources } from './facts/index.ts'

/** Every setting of a prover; where there is no fallback, it must be set. */
export const proverSettings = {
  host: setting('PENNYPOST_HOST', text, { fallback: '127.0.0.1', about: 'Address to listen on.' }),
  port: setting('PENNYPOST_PORT', integer(0, 65_535), {
    fallback: '5556',
    about: 'Port to listen on; 0 takes a free one.',
  }),
  ...insideSettings,
  dataDir: setting('PENNYPOST_DATA_DIR', directory, {
    fallback: '.pennypost/prover',
    about:
      "Directory of the signer's and the issuer's key, the newest checkpoint and the embedded database; `memory` keeps nothing. Keep it: a prover that forgets what it signed must not sign again with the same key.",
  }),
  databaseUrl: setting('PENNYPOST_DATABASE_URL', optional(postgresUrl), {
    fallback: '',
    about: 'PostgreSQL to use instead of the embedded database.',
  }),
  network: setting('PENNYPOST_NETWORK', text, {
    fallback: 'pennypost-local',
    about: 'Name of the network; its hash is in every checkpoint.',
  }),
  rpcUrl: setting('PENNYPOST_RPC_URL', httpUrls, {
    fallback: required,
    about:
      "The chain's JSON-RPC endpoints, separated by commas: the first is asked, and where it fails, the next. All must serve the same chain.",
  }),
  factRpcUrl: setting('PENNYPOST_FACT_RPC_URL', factSources, {
    fallback: '',
    about:
      "JSON-RPC endpoints of chains that facts are attested of, as chain=URL, separated by commas: `eip155:1=https://…`; a chain that is named again has several. The network's own chain is asked at PENNYPOST_RPC_URL unless it is named here. Ages need endpoints that keep old states.",
  }),
  noteTree: setting('PENNYPOST_NOTE_TREE', address, { fallback: required, about: 'Address of the note tree.' }),
  postage: setting('PENNYPOST_POSTAGE', listOf(address), {
    fallback: required,
    about: 'Addresses of the contracts that sell stamps, separated by commas.',
  }),
  stakes: setting('PENNYPOST_STAKES', listOf(address), {
    fallback: '',
    about: 'Addresses of the stake registries, separated by commas.',
  }),
  payments: setting('PENNYPOST_PAYMENTS', listOf(address), {
    fallback: '',
    about: 'Addresses of the contracts that take payments, separated by commas.',
  }),
  checkpointRegistry: setting('PENNYPOST_CHECKPOINT_REGISTRY', optional(address), {
    fallback: '',
    about: 'Address of the contract that says who signs checkpoints; without one, this prover signs with its own key.',
  }),
  isNewNetwork: setting('PENNYPOST_NEW_NETWORK', onOff, {
    fallback: 'off',
    about:
      'Whether this prover may sign the first checkpoint of all, with a key or a registry that was given. `on` only once: a key that signs number 1 again loses its bond.',
  }),
  signers: setting('PENNYPOST_SIGNERS', listOf(address), {
    fallback: '',
    about:
      "Addresses whose signatures count on the network's first checkpoint, separated by commas; empty: this prover's own.",
  }),
  threshold: setting('PENNYPOST_THRESHOLD', integer(1, 64), {
    fallback: '1',
    about: 'How many of these signers must have signed it.',
  }),
  peers: setting('PENNYPOST_PEERS', listOf(httpUrl), {
    fallback: '',
    about:
      'URLs of other provers of the network, separated by commas: what they have signed is taken up before this one signs more.',
  }),
  connections: setting('PENNYPOST_CONNECTIONS', listOf(address), {
    fallback: '',
    about: 'Addresses of the contracts that keep connections, separated by commas.',
  }),
  fromBlock: setting('PENNYPOST_FROM_BLOCK', blocks(0, Number.MAX_SAFE_INTEGER), {
    fallback: '0',
    about: 'First block that can have an operation: the one in which the note tree was deployed.',
  }),
  confirmations: setting('PENNYPOST_CONFIRMATIONS', confirmations, {
    fallback: 'finalized',
    about: 'Blocks that must follow a block before it counts, or `finalized`. What is signed cannot be taken back.',
  }),
  checkpointSeconds: setting('PENNYPOST_CHECKPOINT_SECONDS', integer(1, 86_400), {
    fallback: '300',
    about:
      'Seconds after which a checkpoint is signed even if the log has not grown; when it grows, one is signed at once.',
  }),
  pollMs: setting('PENNYPOST_POLL_MS', integer(10, 600_000), {
    fallback: '1000',
    about: 'Milliseconds between two requests to the chain.',
  }),
  blockRange: setting('PENNYPOST_BLOCK_RANGE', blocks(1, 1_000_000), {
    fallback: '2000',
    about: 'Most blocks to request at once; halved where an endpoint refuses, and doubled again after sixteen answers.',
  }),
  signerKey: setting('PENNYPOST_SIGNER_KEY', optional(text), {
    fallback: '',
    about: 'Private key that signs checkpoints, 64 hex digits; if not set, one is made and kept in the data directory.',
  }),
  issuerKey: setting('PENNYPOST_ISSUER_KEY', optional(hex32), {
    fallback: '',
    about: 'Private key that attests facts, 64 hex digits; if not set, one is made and kept in the data directory.',
  }),
  eas: setting('PENNYPOST_EAS', optional(address), {
    fallback: '',
    about:
      "Address of the Ethereum Attestation Service on the network's chain, which claims in the form `eas` name; without it none are made.",
  }),
  publicUrl: setting('PENNYPOST_PUBLIC_URL', optional(httpUrl), {
    fallback: '',
    about:
      "URL at which others reach the prover; empty: the one it listens on. Without a registry, the checkpoints name it and the issuer's key: this prover is then the network's issuer.",
  }),
  reporterKey: setting('PENNYPOST_REPORTER_KEY', optional(hex32), {
    fallback: '',
    about:
      'Private key, 64 hex digits, of an account with some ether: it slashes stakes whose secrets nodes have published, and signers of false checkpoints, and gets the rewards. Without it they are only listed.',
  }),
  signing: setting('PENNYPOST_SIGNING', onOff, {
    fallback: 'on',
    about: 'Whether this prover signs. `off`, it only watches what others sign; `npm run watch` does that.',
  }),
  nodes: setting('PENNYPOST_NODES', listOf(node), {
    fallback: '',
    about:
      "Nodes to watch, as URL=key, separated by commas; the key is the node's Ed25519 key, 64 hex digits. Without a registry, they are also the network's nodes.",
  }),
  rateLimits: setting('PENNYPOST_RATE_LIMITS', onOff, {
    fallback: 'on',
    about:
      'Limit callers (an IPv4 address, or the /64 of an IPv6 address) to 600 requests a minute, 120 of them for leaves, 60 for facts, 1,000 connections, and 64 MiB of answers that are not taken (192 MiB of all).',
  }),
  trustProxy: setting('PENNYPOST_TRUST_PROXY', trustedProxies, {
    fallback: 'off',
    about:
      "Whose word on a caller's address counts (X-Forwarded-For): `off`, nobody's; networks of proxies, separated by commas; or the number of proxies before the service, where nobody can reach it but through them.",
  }),
  logLevel: setting('PENNYPOST_LOG_LEVEL', logLevel, {
    fallback: 'info',
    about: 'How much is logged, as lines of JSON.',
  }),
} as const

/** What a prover is started with. */
export type ProverConfig = Values<typeof proverSettings>

/** What is to be said of a prover: the chain, and the contracts that sell stamps. The rest is as documented. */
export type ProverOptions = Partial<ProverConfig> & Pick<ProverConfig, 'rpcUrl' | 'noteTree' | 'postage'>

/** Reads the settings; flags win over variables. Throws one clear line that names the setting. */
export const readProverConfig = (sources: Sources): ProverConfig => readSettings(proverSettings, sources)

/** A configuration from some of its values: the others are as documented. */
export const completeConfig = (some: ProverOptions): ProverConfig => completeSettings(proverSettings, some)

function confirmations(value: string): Confirmations {
  return value === 'finalized' ? value : integer(0, 10_000)(value)
}

function blocks(least: number, most: number): (value: string) => bigint {
  const read = integer(least, most)
  return (value) => BigInt(read(value))
}

function httpUrls(value: string): string {
  const urls = listOf(httpUrl)(value)
  return urls.length > 0 ? urls.join(',') : httpUrl(value)
}

function node(value: string): Pick<NodeEntry, 'url' | 'key'> {
  const at = value.lastIndexOf('=')
  const [url, key] = [value.slice(0, Math.max(at, 0)), value.slice(at + 1)]
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(key))
    throw new RangeError(`expected URL=key with 64 hex digits, found "${value}".`)
  return { url: httpUrl(url), key: fromHex(key) }
}
