import { type Address, addressToBytes, classIdOf, fromHex } from '@pennypost/sdk/crypto'
import { checkpointRegistryAbi, connectionResolverAbi, noteTreeAbi, stakeRegistryAbi } from '@pennypost/sdk/notes'
import { signersHash } from '@pennypost/sdk/verifier'
import type { PublicClient } from 'viem'
import type { LedgerClaim, RegistryClaim } from './chain-reader.ts'
import type { LedgerContracts } from './events.ts'

/** What the contracts of a ledger say of themselves at a block. */
export async function readLedgerClaim(
  client: PublicClient,
  { noteTree, stakes, connections, checkpointRegistry }: LedgerContracts,
  blockNumber: bigint,
): Promise<LedgerClaim> {
  const tree = { address: noteTree, abi: noteTreeAbi, blockNumber } as const
  const [registry, leakCount, stakeClasses, changes] = await Promise.all([
    checkpointRegistry ? readRegistry(client, checkpointRegistry, blockNumber) : undefined,
    client.readContract({ ...tree, functionName: 'leakCount' }),
    Promise.all(stakes.map((address) => readClasses(client, address, blockNumber))),
    Promise.all(connections.map((address) => readChanges(client, address, blockNumber))),
  ])
  const connectionChanges = Number(changes.reduce((sum, count) => sum + count, 0n))
  return { registry, leakCount: Number(leakCount), stakeClasses: stakeClasses.flat(), connectionChanges }
}

async function readRegistry(client: PublicClient, address: Address, blockNumber: bigint): Promise<RegistryClaim> {
  const at = { address, abi: checkpointRegistryAbi, blockNumber } as const
  const [signers, threshold, officeEndsAt, terms, changes] = await Promise.all([
    client.readContract({ ...at, functionName: 'signers' }),
    client.readContract({ ...at, functionName: 'threshold' }),
    client.readContract({ ...at, functionName: 'officeEndsAt' }),
    client.readContract({ ...at, functionName: 'termsHash' }),
    client.readContract({ ...at, functionName: 'changeCount' }),
  ])
  const named = { signers: signers.map(addressToBytes), threshold: Number(threshold), officeEndsAt }
  return { signersHash: signersHash(named), termsHash: fromHex(terms), changes: Number(changes) }
}

async function readClasses(client: PublicClient, address: Address, blockNumber: bigint): Promise<bigint[]> {
  const at = { address, abi: stakeRegistryAbi, blockNumber } as const
  const [count, chainId] = [await client.readContract({ ...at, functionName: 'classCount' }), await client.getChainId()]
  const contract = addressToBytes(address)
  return Array.from({ length: Number(count) }, (_, i) =>
    classIdOf({ kind: 'stake', chainId: BigInt(chainId), contract, number: BigInt(i + 1) }),
  )
}

const readChanges = (client: PublicClient, address: Address, blockNumber: bigint): Promise<bigint> =>
  client.readContract({ address, abi: connectionResolverAbi, blockNumber, functionName: 'changeCount' })
