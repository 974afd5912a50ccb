import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Address, type Hex, keccak256, stringToBytes } from 'viem'
import { faultOfAddress, fromHex, isBabyJubjubKey } from '../../sdk/crypto/index.ts'
import { isFact, leavesOf, parseRule } from '../../sdk/policy/index.ts'
import type { Founders } from '../ignition/modules/economy.ts'
import type { Roles } from '../ignition/modules/timelock.ts'

/** What a network's deployment may differ in; all have defaults. */
export type ContractParameters = {
  /** An existing token; without it the development token is deployed. */
  readonly token?: Address
  /** How the token is destroyed: 0 by its own burnFrom (default), 1 by sending it to the dead address. */
  readonly disposal?: number
  /** The development token's supply. */
  readonly supply?: bigint
  /** How many notes one tree has room for: a power of two, by default 2^20. A smaller tree hides its notes less. */
  readonly treeCapacity?: number
  /** Terms of class 1. */
  readonly price?: bigint
  readonly unitsPerTicket?: number
  readonly laneTtl?: number
  readonly rootWindow?: number
  readonly noteTtl?: number
  /** The floor of payments; the operators' share of a base is in hundredths of a percent. */
  readonly leastBase?: bigint
  readonly mostBond?: bigint
  readonly mostTip?: bigint
  readonly operatorShare?: number
  /** Terms of stake class 1. */
  readonly stakeAmount?: bigint
  readonly stakePenalty?: bigint
  readonly stakeLimit?: number
  readonly epochLength?: number
  readonly stakeUnitsPerTicket?: number
  readonly stakeLaneTtl?: number
  readonly stakeRootWindow?: number
  /** The most that a reporter gets for one cheat. */
  readonly rewardCap?: bigint
  /** The network that checkpoints are about, keccak256 of its name; and what each signer has to leave. */
  readonly networkId?: Hex
  readonly signerBond?: bigint
  /** The most that a reporter gets for one signer. */
  readonly signerRewardCap?: bigint
  /** The network's terms at first: in the policy language what every sender must meet, and what recipients ask without a rule. */
  readonly floor?: string
  readonly defaultRule?: string
  /** Leading zero bits of a request's work. */
  readonly requestBits?: number
  /** Seconds after which a checkpoint is due although nothing happened. */
  readonly checkpointSeconds?: number
  readonly noticePrice?: bigint
  /** An existing attestation service (EAS); without it that is deployed too. */
  readonly eas?: Address
  /** How long everybody can see a call by the owner before it is made, in seconds; two days by default. */
  readonly ownerDelay?: number
} & Roles &
  Founders

type Kind = 'amount' | 'number' | 'address' | 'addresses' | 'hash' | 'issuers' | 'rule'

const kinds: Readonly<Record<keyof ContractParameters, Kind>> = {
  token: 'address',
  disposal: 'number',
  supply: 'amount',
  treeCapacity: 'number',
  price: 'amount',
  unitsPerTicket: 'number',
  laneTtl: 'number',
  rootWindow: 'number',
  noteTtl: 'number',
  leastBase: 'amount',
  mostBond: 'amount',
  mostTip: 'amount',
  operatorShare: 'number',
  stakeAmount: 'amount',
  stakePenalty: 'amount',
  stakeLimit: 'number',
  epochLength: 'number',
  stakeUnitsPerTicket: 'number',
  stakeLaneTtl: 'number',
  stakeRootWindow: 'number',
  rewardCap: 'amount',
  networkId: 'hash',
  signerBond: 'amount',
  signerRewardCap: 'amount',
  floor: 'rule',
  defaultRule: 'rule',
  requestBits: 'number',
  checkpointSeconds: 'number',
  noticePrice: 'amount',
  eas: 'address',
  ownerDelay: 'number',
  proposers: 'addresses',
  cancellers: 'addresses',
  executors: 'addresses',
  operators: 'addresses',
  signers: 'addresses',
  threshold: 'number',
  issuers: 'issuers',
}

const checks: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  amount: (value) => typeof value === 'string' && /^\d+$/.test(value),
  number: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  address: (value) => typeof value === 'string' && faultOfAddress(value) === undefined,
  addresses: (value) => Array.isArray(value) && value.every(checks.address),
  rule: (value) => typeof value === 'string' && isRule(value),
  hash: (value) => typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value),
  issuers: (value) => Array.isArray(value) && value.every(isIssuer),
}

/**
 * The parameters in a file, by default the one that is kept for the network. Amounts are decimal strings in the
 * token's smallest unit, because JSON has no big integers; `networkName` stands for the hash of the name.
 */
export async function readParameters(network: string, path?: string): Promise<ContractParameters> {
  const kept = join(import.meta.dirname, '../ignition/parameters', `${network}.json`)
  const text = path === undefined ? await readFile(kept, 'utf8').catch(() => '{}') : await readFile(path, 'utf8')
  return parseParameters(JSON.parse(text))
}

/** Checks what JSON said. */
export function parseParameters({ networkName, ...given }: Readonly<Record<string, unknown>>): ContractParameters {
  const named = typeof networkName === 'string' ? { networkId: keccak256(stringToBytes(networkName)) } : {}
  const entries = Object.entries(given).map(([name, value]) => {
    const kind = kinds[name as keyof ContractParameters]
    if (!kind) throw new ParameterError(name, 'There is no such parameter.')
    if (!checks[kind](value)) throw new ParameterError(name, expected[kind])
    return [name, kind === 'amount' ? BigInt(value as string) : value]
  })
  const parameters: ContractParameters = { ...named, ...Object.fromEntries(entries) }
  for (const name of ['floor', 'defaultRule'] as const) requireIssuers(name, parameters)
  return parameters
}

/** A rule that asks for facts asks for nothing where too few are named who attest them. */
function requireIssuers(name: 'floor' | 'defaultRule', { issuers = [], ...rules }: ContractParameters): void {
  const facts = leavesOf(parseRule(rules[name] ?? 'everyone')).flatMap(({ condition }) =>
    isFact(condition) ? condition.issuers : [],
  )
  const most = Math.max(0, ...facts)
  if (most <= issuers.length) return
  throw new ParameterError(
    name,
    `It asks for a fact by ${most} of the issuers, and \`issuers\` names ${issuers.length}.`,
  )
}

const expected: Readonly<Record<Kind, string>> = {
  amount: "It must be a decimal string, in the token's smallest unit.",
  number: 'It must be a whole number, not negative.',
  address: 'It must be an address.',
  addresses: 'It must be a list of addresses.',
  rule: 'It must be a rule of the policy language.',
  hash: 'It must be 32 bytes in hexadecimal.',
  issuers: "It must be a list of issuers, each with `url`, `x` and `y`: a key of BabyJubjub's subgroup of prime order.",
}

/** Terms with any other could not be set. */
function isIssuer(value: { readonly url?: unknown; readonly x?: unknown; readonly y?: unknown } | null): boolean {
  const { url, x, y } = value ?? {}
  if (typeof url !== 'string' || !URL.canParse(url) || !checks.hash(x) || !checks.hash(y)) return false
  return isBabyJubjubKey({ x: fromHex(x as Hex), y: fromHex(y as Hex) })
}

function isRule(text: string): boolean {
  try {
    parseRule(text)
    return true
  } catch {
    return false
  }
}

/** A parameter of a deployment that cannot be used. */
export class ParameterError extends Error {
  constructor(name: string, reason: string) {
    super(`Parameter ${name}: ${reason}`)
    this.name = 'ParameterError'
  }
}
