import { type Address, type PublicClient, parseAbi, zeroAddress, zeroHash } from 'viem'
import type { Deployment } from '../../sdk/generated/deployments.ts'
import type { Holders } from '../ignition/modules/timelock.ts'
import { roleOf } from '../ignition/modules/timelock.ts'

export type OwnersOptions = {
  readonly client: Pick<PublicClient, 'readContract' | 'getContractEvents'>
  readonly deployment: Deployment
  readonly holders: Holders
  /** Seconds. */
  readonly ownerDelay: number
}

const abi = parseAbi([
  'event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)',
  'event CallScheduled(bytes32 indexed id, uint256 indexed index, address target, uint256 value, bytes data, bytes32 predecessor, uint256 delay)',
  'function owner() view returns (address)',
  'function pendingOwner() view returns (address)',
  'function hasRole(bytes32 role, address account) view returns (bool)',
  'function getMinDelay() view returns (uint256)',
  'function getTimestamp(bytes32 id) view returns (uint256)',
])

const owned = ['tree', 'postage', 'payments', 'operatorPool', 'stakeRegistry', 'checkpointRegistry', 'notice'] as const

/** Who may change what, where that is somebody else than the parameters say. */
export async function compareOwners(options: OwnersOptions): Promise<string[]> {
  const owners = await Promise.all(owned.map((name) => compareOwner(options, name)))
  return [
    ...owners.flat(),
    ...(await compareDelay(options)),
    ...(await compareRoles(options)),
    ...(await compareScheduled(options)),
  ]
}

async function compareOwner({ client, deployment }: OwnersOptions, name: (typeof owned)[number]): Promise<string[]> {
  const contract = { address: deployment[name], abi } as const
  const silent = () => undefined
  const owner = await client.readContract({ ...contract, functionName: 'owner' }).catch(silent)
  const pending = await client.readContract({ ...contract, functionName: 'pendingOwner' }).catch(silent)
  return [
    ...(owner === deployment.timelock ? [] : [`${name}: the owner is ${owner ?? 'nobody'}, not the timelock.`]),
    ...(pending === undefined || pending === zeroAddress ? [] : [`${name}: ${pending} may become its owner.`]),
  ]
}

async function compareDelay({ client, deployment, ownerDelay }: OwnersOptions): Promise<string[]> {
  const delay = await client.readContract({ address: deployment.timelock, abi, functionName: 'getMinDelay' })
  return delay === BigInt(ownerDelay) ? [] : [`timelock: its delay is ${delay} seconds, not ${ownerDelay}.`]
}

/** Whoever was ever given a role is asked about; nobody else can have one. */
async function compareRoles({ client, deployment, holders }: OwnersOptions): Promise<string[]> {
  const { timelock: address, deployedAtBlock: fromBlock } = deployment
  const granted = await client.getContractEvents({ address, abi, eventName: 'RoleGranted', fromBlock, strict: true })
  const lists = [
    ['administrator', zeroHash, [address]] as const,
    ...Object.entries(holders).map(([name, list]) => [name.toLowerCase(), roleOf(name), list] as const),
  ]
  const lines = lists.map(async ([name, role, list]) => {
    const given = granted.filter(({ args }) => args.role === role).map(({ args }) => args.account)
    const asked = [...new Set<Address>([...given, ...list])]
    const has = await Promise.all(
      asked.map((account) => client.readContract({ address, abi, functionName: 'hasRole', args: [role, account] })),
    )
    const isMeant = (account: Address) => list.some((one) => one.toLowerCase() === account.toLowerCase())
    return asked.flatMap((account, i) => {
      if (has[i] === isMeant(account)) return []
      return [`timelock: ${account} is ${has[i] ? 'one' : 'none'} of the ${name}s.`]
    })
  })
  return (await Promise.all(lines)).flat()
}

/** One batch without delay ended the deployment; anything else was scheduled by somebody. */
async function compareScheduled({ client, deployment }: OwnersOptions): Promise<string[]> {
  const { timelock: address, deployedAtBlock: fromBlock } = deployment
  const calls = await client.getContractEvents({ address, abi, eventName: 'CallScheduled', fromBlock, strict: true })
  const [first] = calls
  if (!first) return ['timelock: nothing was ever scheduled; the deployment is not finished.']
  const ids = [...new Set(calls.map(({ args }) => args.id))]
  const others = ids.filter((id) => id !== first.args.id)
  const lines = others.map(async (id) => {
    const at = await client.readContract({ address, abi, functionName: 'getTimestamp', args: [id] })
    const what = calls
      .filter(({ args }) => args.id === id)
      .map(({ args }) => `${args.data.slice(0, 10)} of ${args.target}`)
    const delay = calls.find(({ args }) => args.id === id)?.args.delay
    return `timelock: operation ${id} (${what.join(', ')}), after a delay of ${delay} seconds, ${stateOf(at)}.`
  })
  const expected = owned.length + 1
  const isWhole = first.args.delay === 0n && ids[0] === first.args.id
  const size = calls.filter(({ args }) => args.id === first.args.id).length
  const batch =
    isWhole && size >= expected ? [] : ['timelock: the first operation is not the batch that ends a deployment.']
  return [...batch, ...(await Promise.all(lines))]
}

/** The timelock's words: 0 for what was called off, 1 for what was done. */
function stateOf(timestamp: bigint): string {
  if (timestamp === 0n) return 'was called off'
  return timestamp === 1n
    ? 'was carried out'
    : `can be carried out from ${new Date(Number(timestamp) * 1000).toISOString()}`
}
