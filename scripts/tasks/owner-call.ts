import { type Abi, type Address, encodeFunctionData, type Hex, parseAbi, toHex, zeroHash } from 'viem'
import {
  checkpointRegistryAbi,
  noteTreeAbi,
  noticeAbi,
  operatorPoolAbi,
  paymentsAbi,
  postageAbi,
  stakeRegistryAbi,
} from '../../sdk/generated/abis.ts'
import { type Session, TaskError } from './session.ts'

export const timelockAbi = parseAbi([
  'function schedule(address target, uint256 value, bytes data, bytes32 predecessor, bytes32 salt, uint256 delay)',
  'function execute(address target, uint256 value, bytes data, bytes32 predecessor, bytes32 salt) payable',
  'function hashOperation(address target, uint256 value, bytes data, bytes32 predecessor, bytes32 salt) pure returns (bytes32)',
  'function getMinDelay() view returns (uint256)',
  'function getTimestamp(bytes32 id) view returns (uint256)',
  'function cancel(bytes32 id)',
  'function updateDelay(uint256 newDelay)',
  'function grantRole(bytes32 role, address account)',
  'function revokeRole(bytes32 role, address account)',
  'error AccessControlUnauthorizedAccount(address account, bytes32 neededRole)',
  'error TimelockInsufficientDelay(uint256 delay, uint256 minDelay)',
  'error TimelockUnexpectedOperationState(bytes32 operationId, bytes32 expectedStates)',
])

const abis = {
  tree: noteTreeAbi,
  postage: postageAbi,
  payments: paymentsAbi,
  operatorPool: operatorPoolAbi,
  stakeRegistry: stakeRegistryAbi,
  checkpointRegistry: checkpointRegistryAbi,
  notice: noticeAbi,
  timelock: timelockAbi,
} as const

/** An act of the owner, as `--contract`, `--call` and `--args` name it. */
export type OwnerCall = {
  readonly address: Address
  readonly abi: Abi
  readonly functionName: string
  readonly args: readonly unknown[]
}

type Named = { readonly contract: string | undefined; readonly call: string | undefined; readonly args: string }

/** Finds the function that was named. In `args`, a JSON list, whole numbers of any size can be strings. */
export function readOwnerCall({ contracts }: Session, { contract, call, args }: Named): OwnerCall {
  if (!isContract(contract)) throw new TaskError(`--contract must be one of ${Object.keys(abis).join(', ')}.`)
  const abi: Abi = abis[contract]
  const names = abi.flatMap((item) =>
    item.type === 'function' && item.stateMutability === 'nonpayable' ? [item.name] : [],
  )
  if (call === undefined || !names.includes(call)) throw new TaskError(`--call must be one of ${names.join(', ')}.`)
  return { address: contracts[contract], abi, functionName: call, args: readArgs(args) }
}

const isContract = (name: string | undefined): name is keyof typeof abis => name !== undefined && name in abis

function readArgs(text: string): unknown[] {
  try {
    const args = JSON.parse(text, (_, value) =>
      typeof value === 'string' && /^\d+$/.test(value) ? BigInt(value) : value,
    )
    if (Array.isArray(args)) return args
  } catch {
    // said below
  }
  throw new TaskError(`--args must be a JSON list, like '["0x…", "1000000000000000000"]', not ${text}`)
}

/** What the timelock is given for it: its target, value, data, predecessor and salt. */
export type Operation = readonly [Address, bigint, Hex, Hex, Hex]

/** The timelock makes each operation once: the salt counts how often this one was made before. */
export async function findOperation({ client, contracts }: Session, call: OwnerCall) {
  const timelock = { address: contracts.timelock, abi: timelockAbi } as const
  const data = encodeFunctionData(call)
  for (let made = 0; ; made++) {
    const operation: Operation = [call.address, 0n, data, zeroHash, toHex(made, { size: 32 })]
    const id = await client.readContract({ ...timelock, functionName: 'hashOperation', args: operation })
    const readyAt = await client.readContract({ ...timelock, functionName: 'getTimestamp', args: [id] })
    if (readyAt !== doneAt) return { operation, id, readyAt }
  }
}

/** What the timelock has for the time of an operation that was made; 0 for one that was not scheduled. */
const doneAt = 1n
