import type { Abi, Address, PublicClient } from 'viem'
import {
  checkpointRegistryAbi,
  connectionResolverAbi,
  noteTreeAbi,
  noticeAbi,
  operatorPoolAbi,
  paymentsAbi,
  postageAbi,
  stakeRegistryAbi,
} from '../../sdk/generated/abis.ts'
import type { Deployment } from '../../sdk/generated/deployments.ts'
import type { ContractParameters } from '../deployment/parameters.ts'

export type TermsOptions = {
  readonly client: Pick<PublicClient, 'readContract' | 'getContractEvents' | 'getBlock'>
  readonly deployment: Deployment
  /** With what is not said filled in. */
  readonly parameters: ContractParameters
}

/** Something that a contract is to answer. */
type Fact = readonly [contract: keyof typeof abis, functionName: string, expected: unknown, args?: readonly unknown[]]

const abis = {
  tree: noteTreeAbi,
  postage: postageAbi,
  payments: paymentsAbi,
  operatorPool: operatorPoolAbi,
  stakeRegistry: stakeRegistryAbi,
  checkpointRegistry: checkpointRegistryAbi,
  notice: noticeAbi,
  connectionResolver: connectionResolverAbi,
} as const

/** What the contracts say of themselves and of each other that the parameters do not. */
export async function compareTerms(options: TermsOptions): Promise<string[]> {
  const { client, deployment } = options
  const facts = [...partsOf(options), ...classesOf(options.parameters), ...openOf(options.parameters)]
  const lines: string[] = []
  for (const [contract, functionName, expected, args = []] of facts) {
    const call = { address: deployment[contract], abi: abis[contract] as Abi, functionName, args }
    const actual = await client.readContract(call).catch(() => 'no answer')
    const of = args.length > 0 ? `(${args.join(', ')})` : ''
    if (textOf(actual) !== textOf(expected)) {
      lines.push(`${contract}.${functionName}${of} is ${textOf(actual)}, not ${textOf(expected)}.`)
    }
  }
  return [...lines, ...(await compareInserters(options))]
}

/** What was fixed when they were deployed. */
function partsOf({ deployment, parameters: p }: TermsOptions): Fact[] {
  const { token, tree, operatorPool, eas, connectionSchema } = deployment
  const floor = { leastBase: p.leastBase, mostBond: p.mostBond, mostTip: p.mostTip, operatorShare: p.operatorShare }
  const buyers = ['postage', 'payments', 'stakeRegistry', 'checkpointRegistry', 'notice'] as const
  const growers = ['postage', 'payments', 'stakeRegistry', 'checkpointRegistry'] as const
  return [
    ...buyers.map((contract): Fact => [contract, 'token', token]),
    ['operatorPool', 'token', token],
    ...buyers.map((contract): Fact => [contract, 'disposal', p.disposal]),
    ...growers.map((contract): Fact => [contract, 'tree', tree]),
    ['tree', 'capacity', p.treeCapacity],
    ['payments', 'operatorPool', operatorPool],
    ['payments', 'floor', floor],
    ['stakeRegistry', 'rewardCap', p.rewardCap],
    ['checkpointRegistry', 'networkId', p.networkId],
    ['checkpointRegistry', 'bond', p.signerBond],
    ['checkpointRegistry', 'rewardCap', p.signerRewardCap],
    ['notice', 'price', p.noticePrice],
    ['connectionResolver', 'eas', eas],
    ['connectionResolver', 'networkId', p.networkId],
    ['connectionResolver', 'schema', connectionSchema],
  ]
}

function classesOf(p: ContractParameters): Fact[] {
  const stamps = {
    price: p.price,
    unitsPerTicket: p.unitsPerTicket,
    laneTtl: p.laneTtl,
    rootWindow: p.rootWindow,
    noteTtl: p.noteTtl,
  }
  const stakes = {
    amount: p.stakeAmount,
    penalty: p.stakePenalty,
    limit: p.stakeLimit,
    epochLength: p.epochLength,
    unitsPerTicket: p.stakeUnitsPerTicket,
    laneTtl: p.stakeLaneTtl,
    rootWindow: p.stakeRootWindow,
  }
  return [
    ['postage', 'classCount', 1],
    ['postage', 'classOf', stamps, [1n]],
    ['postage', 'isClosed', false, [1n]],
    ['stakeRegistry', 'classCount', 1],
    ['stakeRegistry', 'classOf', stakes, [1n]],
    ['stakeRegistry', 'isClosed', false, [1n]],
  ]
}

function openOf({ operators = [] }: ContractParameters): Fact[] {
  return [
    ...(['postage', 'payments', 'stakeRegistry', 'notice'] as const).map((name): Fact => [name, 'paused', false]),
    ['operatorPool', 'operatorCount', operators.length],
    ...operators.map((operator): Fact => ['operatorPool', 'isOperator', true, [operator]]),
  ]
}

async function compareInserters({ client, deployment }: TermsOptions): Promise<string[]> {
  const { tree, postage, stakeRegistry, payments, deployedAtBlock: fromBlock } = deployment
  const query = { address: tree, abi: noteTreeAbi, eventName: 'InserterAdded', fromBlock, strict: true } as const
  const added = (await client.getContractEvents(query)).map(({ args }) => args)
  const expected: readonly (readonly [string, Address, number])[] = [
    ['postage', postage, 1],
    ['stakeRegistry', stakeRegistry, 2],
    ['payments', payments, 4],
  ]
  const isExpected = (inserter: Address, kind: number) =>
    expected.some(([, address, of]) => address === inserter && of === kind)
  const foreign = added.filter(({ inserter, kind }) => !isExpected(inserter, kind))
  const missing = expected.filter(([, address]) => !added.some(({ inserter }) => inserter === address))
  return [
    ...foreign.map(({ inserter, kind }) => `tree: ${inserter} may append notes of kind ${kind}.`),
    ...missing.map(([name]) => `tree: ${name} may not append notes.`),
  ]
}

/** Comparable: numbers of each size alike, addresses in small letters. */
export const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === 'bigint' ? (Number(part).toString() === part.toString() ? Number(part) : part.toString()) : part,
  )
    ?.toLowerCase()
    .replaceAll('"', '') ?? 'nothing'
