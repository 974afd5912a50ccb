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
  optional,
  postgresUrl,
  readSettings,
  required,
  type Sources,
  setting,
  text,
  type Values,
} from '../plugins/settings.ts'

/** Every setting of a trustee; where there is no fallback, it must be set. */
export const trusteeSettings = {
  node: setting('PENNYPOST_NODE', httpUrl, {
    fallback: required,
    about: 'URL of the node that it reads and writes at.',
  }),
  network: setting('PENNYPOST_NETWORK', text, {
    fallback: 'pennypost-local',
    about: 'Name of the network; a node of another one is refused.',
  }),
  signers: setting('PENNYPOST_SIGNERS', listOf(address), {
    fallback: '',
    about:
      'Addresses whose signatures on checkpoints count, separated by commas; empty: those of the first checkpoint that the node shows.',
  }),
  floor: setting('PENNYPOST_FLOOR', optional(text), {
    fallback: '',
    about: 'What every sender must meet, where signers do not say it.',
  }),
  defaultRule: setting('PENNYPOST_DEFAULT_RULE', optional(text), {
    fallback: '',
    about: 'What recipients ask who have published no rule, where signers do not say it.',
  }),
  requestBits: setting('PENNYPOST_REQUEST_BITS', optional(integer(0, 64)), {
    fallback: '',
    about: 'Bits of work in a request, where signers do not say it.',
  }),
  metricsHost: insideSettings.metricsHost,
  metricsPort: setting('PENNYPOST_METRICS_PORT', integer(0, 65_535), {
    fallback: '9557',
    about: 'Port for that; 0 takes a free one. A trustee listens on no other.',
  }),
  dataDir: setting('PENNYPOST_DATA_DIR', directory, {
    fallback: '.pennypost/trustee',
    about:
      'Directory of the two keys and the embedded database; `memory` keeps nothing. Back up both keys, apart from the database: without them nothing that is held can be handed out.',
  }),
  databaseUrl: setting('PENNYPOST_DATABASE_URL', optional(postgresUrl), {
    fallback: '',
    about: 'PostgreSQL to use instead of the embedded database.',
  }),
  walletKey: setting('PENNYPOST_WALLET_KEY', optional(hex32), {
    fallback: '',
    about:
      'Private key of the account that senders name as their trustee, 64 hex digits; if not set, one is made and kept in the data directory.',
  }),
  storageKey: setting('PENNYPOST_STORAGE_KEY', optional(hex32), {
    fallback: '',
    about:
      'Key that what is held is encrypted with at rest, 64 hex digits; if not set, one is made and kept in the data directory.',
  }),
  rule: setting('PENNYPOST_RULE', text, {
    fallback: 'default',
    about: "Who may deposit: the account's rule, in the policy language, or `default` for the network's own.",
  }),
  mostDeposits: setting('PENNYPOST_MOST_DEPOSITS', integer(1, 400_000), {
    fallback: '100000',
    about: 'Most deposits held at a time.',
  }),
  mostOfRecipient: setting('PENNYPOST_MOST_OF_RECIPIENT', integer(1, 400_000), {
    fallback: '1024',
    about: 'Most of them that are for one recipient.',
  }),
  longestDays: setting('PENNYPOST_LONGEST_DAYS', integer(1, 3_660), {
    fallback: '400',
    about: 'Days from now within which a deposit, or what it is extended to, must end.',
  }),
  logLevel: setting('PENNYPOST_LOG_LEVEL', logLevel, {
    fallback: 'info',
    about: 'How much is logged, as lines of JSON; never whose a letter is, its name, or what was in it.',
  }),
} as const

/** What a trustee is started with. */
export type TrusteeConfig = Values<typeof trusteeSettings>

/** What is to be said of a trustee: its node. The rest is as documented. */
export type TrusteeOptions = Partial<TrusteeConfig> & Pick<TrusteeConfig, 'node'>

/** Reads the settings; flags win over variables. Throws one clear line that names the setting. */
export const readTrusteeConfig = (sources: Sources): TrusteeConfig => readSettings(trusteeSettings, sources)

/** A configuration from some of its values: the others are as documented. */
export const completeConfig = (some: TrusteeOptions): TrusteeConfig => completeSettings(trusteeSettings, some)
