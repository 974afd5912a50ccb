import type { NetworkTerms } from '@pennypost/sdk/codec'
import { type Address, addressToBytes, checksumAddress, equalBytes, fromHex, toBytes32 } from '@pennypost/sdk/crypto'
import { checkpointRegistryAbi, connectionResolverAbi, noteTreeAbi, stakeRegistryAbi } from '@pennypost/sdk/notes'
import { termsHash } from '@pennypost/sdk/verifier'
import { getAbiItem, type PublicClient } from 'viem'
import type { Connected, Leaked, LedgerEvent, OfficeTaken, Staked, TermsSet } from '../store/index.ts'

/** The contracts whose events a ledger is made of. */
export type LedgerContracts = {
  readonly noteTree: Address
  readonly stakes: readonly Address[]
  readonly connections: readonly Address[]
  /** Says who signs checkpoints, and the network's terms. */
  readonly checkpointRegistry?: Address | undefined
}

type Range = { readonly from: bigint; readonly to: bigint }

const staked = getAbiItem({ abi: stakeRegistryAbi, name: 'Staked' })
const leaked = getAbiItem({ abi: noteTreeAbi, name: 'SecretLeaked' })
const registryEvents = [
  getAbiItem({ abi: checkpointRegistryAbi, name: 'SignersInForce' }),
  getAbiItem({ abi: checkpointRegistryAbi, name: 'TermsInForce' }),
] as const
const connectionEvents = [
  getAbiItem({ abi: connectionResolverAbi, name: 'Connected' }),
  getAbiItem({ abi: connectionResolverAbi, name: 'Disconnected' }),
] as const

/** What contracts say in a range of blocks, both ends included, in order. */
export async function readEvents(
  client: PublicClient,
  { noteTree, stakes, connections, checkpointRegistry }: LedgerContracts,
  range: Range,
): Promise<LedgerEvent[]> {
  const events = [
    ...(await readLeaks(client, noteTree, range)),
    ...(checkpointRegistry ? await readRegistry(client, checkpointRegistry, range) : []),
    ...(stakes.length > 0 ? await readStakes(client, stakes, range) : []),
    ...(connections.length > 0 ? await readConnections(client, connections, range) : []),
  ]
  return events.sort((a, b) => Number(a.block - b.block) || a.logIndex - b.logIndex)
}

const inside = ({ from, to }: Range) => ({ fromBlock: from, toBlock: to, strict: true }) as const
const placeOf = ({ blockNumber, logIndex }: { blockNumber: bigint; logIndex: number }) => ({
  block: blockNumber,
  logIndex,
})

async function readLeaks(client: PublicClient, address: Address, range: Range): Promise<Leaked[]> {
  const logs = await client.getLogs({ address, event: leaked, ...inside(range) })
  return logs.map((log) => {
    const { secret, until } = log.args
    return { kind: 'leaked', ...placeOf(log), secret, until: Number(until) }
  })
}

async function readRegistry(client: PublicClient, address: Address, range: Range): Promise<(OfficeTaken | TermsSet)[]> {
  const found: (OfficeTaken | TermsSet)[] = []
  for (const log of await client.getLogs({ address, events: registryEvents, ...inside(range) })) {
    if (log.eventName === 'TermsInForce') {
      const terms = termsOf(log.args.terms)
      // What was decoded otherwise than it was written would be signed, and slashed.
      if (!equalBytes(termsHash(terms), fromHex(log.args.termsHash)))
        throw new Error('The terms do not give their hash.')
      found.push({ kind: 'terms', ...placeOf(log), terms })
      continue
    }
    const { signers, threshold, officeEndsAt } = log.args
    const { timestamp } = await client.getBlock({ blockNumber: log.blockNumber })
    const office = { signers: signers.map(checksumAddress), threshold: Number(threshold), endsAt: Number(officeEndsAt) }
    found.push({ kind: 'office', ...placeOf(log), ...office, time: Number(timestamp) })
  }
  return found
}

/** The terms as Solidity has them. */
type SolidityTerms = Omit<NetworkTerms, 'classes' | 'nodes' | 'issuers'> & {
  readonly classes: readonly (Omit<NetworkTerms['classes'][number], 'contract'> & { readonly source: Address })[]
  readonly nodes: readonly { readonly url: string; readonly key: `0x${string}` }[]
  readonly issuers: readonly { readonly url: string; readonly x: bigint; readonly y: bigint }[]
}

function termsOf({ classes, nodes, issuers, ...rest }: SolidityTerms): NetworkTerms {
  return {
    ...rest,
    classes: classes.map(({ source, ...entry }) => ({ ...entry, contract: addressToBytes(source) })),
    nodes: nodes.map(({ url, key }) => ({ url, key: fromHex(key) })),
    issuers: issuers.map(({ url, x, y }) => ({ url, x: toBytes32(x), y: toBytes32(y) })),
  }
}

async function readStakes(client: PublicClient, address: readonly Address[], range: Range): Promise<Staked[]> {
  const logs = await client.getLogs({ address: [...address], event: staked, ...inside(range) })
  return logs.map((log) => {
    const { staker, class: number, opening, leafIndex } = log.args
    const contract = checksumAddress(log.address)
    const stake = { contract, staker, classNumber: Number(number), leafIndex: Number(leafIndex), ...opening }
    return { kind: 'staked', ...placeOf(log), ...stake }
  })
}

async function readConnections(client: PublicClient, address: readonly Address[], range: Range) {
  const logs = await client.getLogs({ address: [...address], events: connectionEvents, ...inside(range) })
  return logs.map((log): Connected => {
    const { granter, writer, uid } = log.args
    const isMade = log.eventName === 'Connected'
    const expiresAt = isMade ? Number(log.args.expiresAt) : 0
    return { kind: isMade ? 'connected' : 'disconnected', ...placeOf(log), granter, writer, uid, expiresAt }
  })
}
