import { type Address, checksumAddress } from '@pennypost/sdk/crypto'
import { connectionResolverAbi, stakeRegistryAbi } from '@pennypost/sdk/notes'
import { getAbiItem, type PublicClient } from 'viem'
import type { Connected, LedgerEvent, Revealed, Staked } from '../store/index.ts'

/** The contracts whose events a ledger is made of. */
export type LedgerContracts = { readonly stakes: readonly Address[]; readonly connections: readonly Address[] }

type Range = { readonly from: bigint; readonly to: bigint }

const stakeEvents = [
  getAbiItem({ abi: stakeRegistryAbi, name: 'Staked' }),
  getAbiItem({ abi: stakeRegistryAbi, name: 'SecretRevealed' }),
] as const
const connectionEvents = [
  getAbiItem({ abi: connectionResolverAbi, name: 'Connected' }),
  getAbiItem({ abi: connectionResolverAbi, name: 'Disconnected' }),
] as const

/** What contracts say in a range of blocks, both ends included, in order. */
export async function readEvents(
  client: PublicClient,
  { stakes, connections }: LedgerContracts,
  range: Range,
): Promise<LedgerEvent[]> {
  const events = [
    ...(stakes.length > 0 ? await readStakes(client, stakes, range) : []),
    ...(connections.length > 0 ? await readConnections(client, connections, range) : []),
  ]
  return events.sort((a, b) => Number(a.block - b.block) || a.logIndex - b.logIndex)
}

async function readStakes(client: PublicClient, address: readonly Address[], { from, to }: Range) {
  const range = { fromBlock: from, toBlock: to, strict: true } as const
  const found: (Staked | Revealed)[] = []
  for (const log of await client.getLogs({ address: [...address], events: stakeEvents, ...range })) {
    const place = { block: log.blockNumber, logIndex: log.logIndex, leafIndex: Number(log.args.leafIndex) }
    if (log.eventName === 'SecretRevealed') {
      const { timestamp } = await client.getBlock({ blockNumber: log.blockNumber })
      found.push({ kind: 'revealed', ...place, secret: log.args.secret, time: Number(timestamp) })
    } else {
      const { staker, class: number, opening } = log.args
      found.push({
        kind: 'staked',
        ...place,
        contract: checksumAddress(log.address),
        staker,
        classNumber: Number(number),
        ...opening,
      })
    }
  }
  return found
}

async function readConnections(client: PublicClient, address: readonly Address[], { from, to }: Range) {
  const range = { fromBlock: from, toBlock: to, strict: true } as const
  const logs = await client.getLogs({ address: [...address], events: connectionEvents, ...range })
  return logs.map((log): Connected => {
    const { granter, writer, uid } = log.args
    const place = { block: log.blockNumber, logIndex: log.logIndex }
    const isMade = log.eventName === 'Connected'
    const expiresAt = isMade ? Number(log.args.expiresAt) : 0
    return { kind: isMade ? 'connected' : 'disconnected', ...place, granter, writer, uid, expiresAt }
  })
}
