import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { mostDecimals } from '@pennypost/sdk/policy'
import { defaultTerms } from '@pennypost/sdk/verifier'
import {
  address,
  httpUrl,
  integer,
  listOf,
  optional,
  readSettings,
  SettingInvalidError,
  setting,
  text,
  type Values,
} from '../plugins/settings.ts'

/** Which of an account's clients this is, as `0/2`: the first of two. */
function device(text: string): { readonly index: number; readonly count: number } {
  const [, index, count] = /^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? []
  if (count !== undefined && Number(index) < Number(count)) return { index: Number(index), count: Number(count) }
  throw new RangeError(`expected a number and how many there are, like 0/2, found "${text}".`)
}

/** A path; `~` is the home folder, which a shell does not say in every place. */
const path = (text: string): string => text.replace(/^~(?=\/|$)/, homedir())

const contract = optional(address)

/** What every command that speaks to the network may be told. The node's and the prover's settings have the same names. */
export const clientSettings = {
  home: setting('PENNYPOST_HOME', path, {
    fallback: '~/.config/pennypost',
    about: 'Folder of `config.json`, which may hold all other settings, and of what is kept of accounts between runs.',
  }),
  keystore: setting('PENNYPOST_KEYSTORE', optional(path), {
    fallback: '',
    about: 'File with the encrypted key of the account (Web3 secret storage, version 3), readable by its owner alone.',
  }),
  node: setting('PENNYPOST_NODE_URL', httpUrl, { fallback: 'http://127.0.0.1:5555', about: 'The node.' }),
  prover: setting('PENNYPOST_PROVER_URL', optional(httpUrl), {
    fallback: '',
    about: 'The prover, for stamps, stakes and facts; the first issuer of the signed terms unless given.',
  }),
  network: setting('PENNYPOST_NETWORK', text, { fallback: defaultTerms.name, about: 'Name of the network.' }),
  chainId: setting('PENNYPOST_CHAIN_ID', optional(integer(0, Number.MAX_SAFE_INTEGER)), {
    fallback: '',
    about: 'The chain of the note tree; that of the signed terms unless given, as are the next and the registry.',
  }),
  noteTree: setting('PENNYPOST_NOTE_TREE', contract, { fallback: '', about: 'The contract that holds the note log.' }),
  signers: setting('PENNYPOST_SIGNERS', listOf(address), {
    fallback: '',
    about:
      'Addresses whose signatures on checkpoints count, between commas; those of the first that a node shows unless given.',
  }),
  threshold: setting('PENNYPOST_THRESHOLD', integer(1, 64), { fallback: '1', about: 'How many of them must sign.' }),
  checkpointRegistry: setting('PENNYPOST_CHECKPOINT_REGISTRY', contract, {
    fallback: '',
    about: "The contract that holds the signers' bonds.",
  }),
  decimals: setting('PENNYPOST_DECIMALS', optional(integer(0, mostDecimals)), {
    fallback: '',
    about: "Of the network's token, where signers do not say it; 18 then.",
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
  rpcUrl: setting('PENNYPOST_RPC_URL', optional(httpUrl), {
    fallback: '',
    about: 'An RPC endpoint of the chain; needed to buy, pay, settle, stake and notify.',
  }),
  token: setting('PENNYPOST_TOKEN', contract, {
    fallback: '',
    about: "The network's token; this and the next three are those of the signed terms where signers are named.",
  }),
  postage: setting('PENNYPOST_POSTAGE', contract, { fallback: '', about: 'The contract that sells stamps.' }),
  payments: setting('PENNYPOST_PAYMENTS', contract, { fallback: '', about: 'The contract of payments.' }),
  stakes: setting('PENNYPOST_STAKES', contract, { fallback: '', about: 'The contract of stakes.' }),
  notice: setting('PENNYPOST_NOTICE', contract, { fallback: '', about: 'The contract of notices.' }),
  mailPage: setting('PENNYPOST_MAIL_PAGE', optional(httpUrl), {
    fallback: '',
    about: 'The page that links to mail lead to, under https; `app/mail.html` of the node unless given.',
  }),
  fromBlock: setting('PENNYPOST_FROM_BLOCK', integer(0, Number.MAX_SAFE_INTEGER), {
    fallback: '0',
    about: 'The first block that has one of these contracts.',
  }),
  device: setting('PENNYPOST_DEVICE', optional(device), {
    fallback: '',
    about:
      "Which of the account's clients this is, like `0/2` for the first of two; needed for stakes, where no two may have one number.",
  }),
} as const

export type Settings = Values<typeof clientSettings>

type Sources = { readonly env: NodeJS.ProcessEnv; readonly args: readonly string[] }

/** Flags win over variables, and those over the configuration file. */
export async function readClientSettings({ env, args }: Sources): Promise<Settings> {
  const { home } = readSettings({ home: clientSettings.home }, { env: pick(env, 'PENNYPOST_HOME'), args: homeOf(args) })
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')) // an empty one is none
  return readSettings(clientSettings, { env: { ...(await readConfig(join(home, 'config.json'))), ...given }, args })
}

const pick = (env: NodeJS.ProcessEnv, name: string): NodeJS.ProcessEnv => ({ [name]: env[name] })

/** The last `--home` and its value. */
function homeOf(args: readonly string[]): readonly string[] {
  const at = args.lastIndexOf('--home')
  return at < 0 ? [] : args.slice(at, at + 2)
}

/** The configuration file as variables: each setting by the name that the table gives it. */
async function readConfig(path: string): Promise<NodeJS.ProcessEnv> {
  const json = await readFile(path, 'utf8').catch((cause) => {
    if (cause.code === 'ENOENT') return '{}'
    throw new SettingInvalidError(`${path} cannot be read.`, { cause })
  })
  return Object.fromEntries(Object.entries(objectOf(json, path)).map(([key, value]) => variableOf(key, value, path)))
}

function objectOf(json: string, path: string): object {
  try {
    const value = JSON.parse(json)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // said below, without what the file holds
  }
  throw new SettingInvalidError(`${path} is not a JSON object.`)
}

function variableOf(key: string, value: unknown, path: string): [string, string] {
  const found = Object.entries(clientSettings).find(([name]) => name === key && name !== 'home')
  if (!found) {
    const names = Object.keys(clientSettings).filter((name) => name !== 'home')
    throw new SettingInvalidError(`${path}: there is no setting "${key}".`, { hint: `Settings: ${names.join(' ')}` })
  }
  if (Array.isArray(value)) return [found[1].name, value.join(',')]
  if (typeof value === 'string' || typeof value === 'number') return [found[1].name, String(value)]
  throw new SettingInvalidError(`${path}: "${key}" must be a text, a number or a list of texts.`)
}
