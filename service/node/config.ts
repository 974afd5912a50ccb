import { leavesOf, mostDecimals, parseRule, takesRecipient, usualDecimals } from '@pennypost/sdk/policy'
import { unattendedRule } from '@pennypost/sdk/verifier'
import { trustedProxies } from '../plugins/callers.ts'
import { insideSettings } from '../plugins/inside.ts'
import {
  address,
  completeSettings,
  directory,
  httpUrl,
  integer,
  listOf,
  logLevel,
  oneOf,
  onOff,
  optional,
  postgresUrl,
  readSettings,
  SettingInvalidError,
  type Sources,
  setting,
  text,
  type Values,
} from '../plugins/settings.ts'
import type { Successors } from './followed.ts'
import { groth16Kinds } from './groth16.ts'
import { longestRetention, mailKinds, type Retention } from './store/index.ts'

/** Every setting of a node; none is required. */
export const nodeSettings = {
  host: setting('PENNYPOST_HOST', text, { fallback: '127.0.0.1', about: 'Address to listen on.' }),
  port: setting('PENNYPOST_PORT', integer(0, 65_535), {
    fallback: '5555',
    about: 'Port to listen on; 0 takes a free one.',
  }),
  ...insideSettings,
  dataDir: setting('PENNYPOST_DATA_DIR', directory, {
    fallback: '.pennypost/node',
    about:
      "Directory of the node's key, the fence that old data does not pass, and the embedded database; `memory` keeps nothing.",
  }),
  databaseUrl: setting('PENNYPOST_DATABASE_URL', optional(postgresUrl), {
    fallback: '',
    about: 'PostgreSQL to use instead of the embedded database.',
  }),
  oldBackup: setting('PENNYPOST_OLD_BACKUP', oneOf('refuse', 'accept'), {
    fallback: 'refuse',
    about:
      'What to do with a database older than what this node has acknowledged: `accept` goes on with it under a new key (docs/operating.md).',
  }),
  network: setting('PENNYPOST_NETWORK', text, {
    fallback: 'pennypost-local',
    about: 'Name of the network; all evidence is bound to its hash.',
  }),
  decimals: setting('PENNYPOST_DECIMALS', integer(0, mostDecimals), {
    fallback: `${usualDecimals}`,
    about:
      "The token's, for amounts in the next three; like the first two of them, it holds where no checkpoint says the network's terms.",
  }),
  floor: setting('PENNYPOST_FLOOR', parseRule, {
    fallback: 'everyone',
    about: 'What every sender must meet, as policy text.',
  }),
  defaultRule: setting('PENNYPOST_DEFAULT_RULE', parseRule, {
    fallback: 'connection or request or stamp 1',
    about: 'What recipients ask who have published no rule; `everyone` makes an open V2 node.',
  }),
  unattendedRule: setting('PENNYPOST_UNATTENDED_RULE', parseRule, {
    fallback: unattendedRule,
    about:
      'What is asked, beside the floor, for mail to an unattended address, whatever a checkpoint says; clients must be configured with the same. Without `connection` and `request`: nobody is there for either.',
  }),
  provers: setting('PENNYPOST_PROVERS', listOf(httpUrl), {
    fallback: '',
    about: 'URLs of the provers whose checkpoints the node follows, separated by commas.',
  }),
  chainId: setting('PENNYPOST_CHAIN_ID', integer(0, Number.MAX_SAFE_INTEGER), {
    fallback: '0',
    about: 'The chain that the note log is on; needed to follow provers, like the next one.',
  }),
  noteTree: setting('PENNYPOST_NOTE_TREE', optional(address), {
    fallback: '',
    about: 'Address of the contract that holds the note log.',
  }),
  checkpointRegistry: setting('PENNYPOST_CHECKPOINT_REGISTRY', optional(address), {
    fallback: '',
    about: "Address of the contract that holds the signers' bonds; without one, nothing is at stake for them.",
  }),
  signers: setting('PENNYPOST_SIGNERS', listOf(address), {
    fallback: '',
    about:
      'Addresses whose signatures count on the first checkpoint, separated by commas; each checkpoint may name the signers of the next.',
  }),
  threshold: setting('PENNYPOST_THRESHOLD', integer(1, 64), {
    fallback: '1',
    about: 'How many of these signers must have signed a checkpoint.',
  }),
  successors: setting('PENNYPOST_SUCCESSORS', listOf(successors), {
    fallback: '',
    about:
      'Who signs from a checkpoint on where those before are lost, as number=threshold/address/address…, separated by commas.',
  }),
  checkpointSeconds: setting('PENNYPOST_CHECKPOINT_SECONDS', integer(1, 3600), {
    fallback: '5',
    about: 'Seconds between two requests to a prover.',
  }),
  requestBits: setting('PENNYPOST_REQUEST_BITS', integer(0, 64), {
    fallback: '20',
    about: 'Leading zero bits that a request costs; each further bit doubles the work.',
  }),
  requestsPerDay: setting('PENNYPOST_REQUESTS_PER_DAY', integer(0, 1_000_000), {
    fallback: '3',
    about:
      'Requests that a recipient gets in a day. They are cheap for spammers, so whatever room there is gets filled (docs/economics.md).',
  }),
  walletUnits: setting('PENNYPOST_WALLET_UNITS', optional(integer(0, 1_000_000_000)), {
    fallback: '',
    about:
      'Units of 4 KiB that a wallet may publish in a day without a lane, in conversations and on free-form topics; empty: unlimited if the floor is `everyone`, otherwise 256.',
  }),
  ownUnits: setting('PENNYPOST_OWN_UNITS', optional(integer(0, 1_000_000_000)), {
    fallback: '',
    about:
      'Units of 4 KiB that a wallet may write to its own topics in a day; empty: unlimited if the floor is `everyone`, otherwise 2048.',
  }),
  addressWallets: setting('PENNYPOST_ADDRESS_WALLETS', integer(1, 1_000_000), {
    fallback: '64',
    about: 'Of how many wallets one IPv4 address, or one IPv6 network of 64 bits, has the allowances of the last two.',
  }),
  retention: setting('PENNYPOST_RETENTION', retention, {
    fallback: '',
    about: `For how many days mail is kept, as kind=days, separated by commas; kinds are ${mailKinds.map((kind) => `\`${kind}\``).join(', ')}. Empty: for ever, but \`unattended\` for 365.`,
  }),
  rateLimits: setting('PENNYPOST_RATE_LIMITS', onOff, {
    fallback: 'on',
    about:
      'Limits per caller (an IPv4 address, or the /64 of an IPv6 address): 12,000 requests, 300 lanes without evidence, 600 that another lane renews, 120 messages parked, 20 failed proofs, 120,000 topics looked up, 256 MiB of large bodies and 256 MiB of answers to queries a minute, 32 MiB of these bodies and 56 MiB of these answers at a time, streams on a million topics; and 2,000 proofs and 96 MiB of large bodies and 112 MiB of answers of everybody at a time. `off` for load tests.',
  }),
  callerConnections: setting('PENNYPOST_CALLER_CONNECTIONS', integer(1, 1_000_000), {
    fallback: '2048',
    about:
      'Connections that one caller may have open at a time, a thousand streams and as many requests; not those of trusted proxies, which bound them (docs/operating.md), nor where `PENNYPOST_RATE_LIMITS` is off.',
  }),
  trustProxy: setting('PENNYPOST_TRUST_PROXY', trustedProxies, {
    fallback: 'off',
    about:
      "Whose word on a caller's address counts (X-Forwarded-For): `off`, nobody's; networks of proxies, separated by commas; or the number of proxies before the service, where nobody can reach it but through them.",
  }),
  groth16: setting('PENNYPOST_GROTH16', oneOf(...groth16Kinds), {
    fallback: 'mcl',
    about:
      'What verifies tickets and credentials: `mcl` (WebAssembly, about 5 ms each and 1 ms in batches) or `portable` (34 ms each).',
  }),
  logLevel: setting('PENNYPOST_LOG_LEVEL', logLevel, {
    fallback: 'info',
    about: 'How much is logged, as JSON lines on standard output.',
  }),
  publicUrl: setting('PENNYPOST_PUBLIC_URL', optional(httpUrl), {
    fallback: '',
    about: 'URL at which others reach the node; empty: the one it listens on.',
  }),
  provideUrl: setting('PENNYPOST_PROVIDE_URL', optional(httpUrl), {
    fallback: '',
    about:
      'Where refused senders are referred to, with who writes to whom behind a `#`; empty: the page of the app that the node serves, or else /docs, at the public URL.',
  }),
  app: setting('PENNYPOST_APP', appPlace, {
    fallback: 'on',
    about:
      'The inbox for browsers: `on` serves it at /app/ where it is built, a URL is where /app/ leads instead, `off` has none.',
  }),
} as const

/** The settings with another way to read rules: it depends on another setting. */
const withRules = <T>(read: (text: string) => T) => ({
  ...nodeSettings,
  floor: { ...nodeSettings.floor, read },
  defaultRule: { ...nodeSettings.defaultRule, read },
  unattendedRule: { ...nodeSettings.unattendedRule, read },
})

/** What a node is started with. */
export type NodeConfig = Values<typeof nodeSettings>

/** Reads the settings; flags win over variables. Throws one clear line that names the setting. */
export function readNodeConfig(sources: Sources): NodeConfig {
  const { decimals } = readSettings(withRules(text), sources)
  return checkConfig(
    readSettings(
      withRules((rule) => parseRule(rule, { decimals })),
      sources,
    ),
  )
}

/** A configuration from some of its values: the others are as documented. */
export function completeConfig(some: Partial<NodeConfig> = {}): NodeConfig {
  return checkConfig(completeSettings(nodeSettings, some))
}

function appPlace(value: string): string {
  return value === 'on' || value === 'off' ? value : httpUrl(value)
}

function retention(value: string): Retention {
  const entries = listOf((item) => {
    const [kind = '', days = '', ...more] = item.split('=')
    if (more.length > 0) throw new RangeError(`expected kind=days, found "${item}".`)
    return [oneOf(...mailKinds)(kind), integer(1, longestRetention)(days)] as const
  })(value)
  return Object.fromEntries(entries)
}

function successors(value: string): Successors {
  const found = /^([1-9]\d{0,18})=([1-9]\d?)((?:\/[^/]+)+)$/.exec(value)
  const [, from = '0', enough = '0', rest = ''] = found ?? []
  const [signers, threshold] = [rest.split('/').slice(1).map(address), Number(enough)]
  if (!found || new Set(signers).size < threshold) {
    throw new RangeError(`expected number=threshold/address/address…, found "${value}".`)
  }
  return { from: BigInt(from), signers, threshold }
}

function checkConfig(config: NodeConfig): NodeConfig {
  const { provers, signers, threshold, chainId, noteTree } = config
  if (leavesOf(config.unattendedRule).some(({ condition }) => takesRecipient(condition))) {
    throw new SettingInvalidError('PENNYPOST_UNATTENDED_RULE: expected a rule without connection and request.')
  }
  if (provers.length > 0 && new Set(signers).size < threshold) {
    throw new SettingInvalidError(
      `PENNYPOST_SIGNERS: expected at least ${threshold} addresses, as PENNYPOST_PROVERS and PENNYPOST_THRESHOLD require.`,
    )
  }
  if (provers.length > 0 && (chainId === 0 || !noteTree)) {
    throw new SettingInvalidError(
      'PENNYPOST_NOTE_TREE: expected an address, and a PENNYPOST_CHAIN_ID, as PENNYPOST_PROVERS requires.',
    )
  }
  return config
}
