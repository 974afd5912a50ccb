import type { NoteClass } from '@pennypost/sdk/codec'
import { type Address, addressToBytes } from '@pennypost/sdk/crypto'
import { noteTreeAbi, paymentsAbi, postageAbi, stakeRegistryAbi } from '@pennypost/sdk/notes'
import { paymentClass } from '@pennypost/sdk/verifier'
import type { PublicClient } from 'viem'

/** The contracts that notes come from. */
export type NoteContracts = {
  readonly noteTree: Address
  /** Contracts that sell stamps. */
  readonly postage: readonly Address[]
  /** Registries of stakes. */
  readonly stakes: readonly Address[]
  /** Contracts that take payments. */
  readonly payments: readonly Address[]
}

type At = { readonly address: Address; readonly blockNumber: bigint }

/** All classes at a block: of stamps, of stakes, of payments. What cannot put notes into the tree has none. */
export async function readClasses(
  client: PublicClient,
  { noteTree, postage, stakes, payments }: NoteContracts,
  blockNumber: bigint,
): Promise<NoteClass[]> {
  const tree = { address: noteTree, abi: noteTreeAbi, blockNumber } as const
  const found: NoteClass[] = []
  const readers = [
    ...postage.map((address) => ({ address, read: readStamps })),
    ...stakes.map((address) => ({ address, read: readStakes })),
    ...payments.map((address) => ({ address, read: readPayments })),
  ]
  for (const { address, read } of readers) {
    const kind = await client.readContract({ ...tree, functionName: 'kindOf', args: [address] })
    if (kind !== 0) found.push(...(await read(client, { address, blockNumber }, kind)))
  }
  return found
}

async function readStamps(client: PublicClient, at: At, kind: number): Promise<NoteClass[]> {
  const contract = { ...at, abi: postageAbi } as const
  const count = await client.readContract({ ...contract, functionName: 'classCount' })
  return await eachOf(count, async (number) => {
    const terms = await client.readContract({ ...contract, functionName: 'classOf', args: [BigInt(number)] })
    const { price, unitsPerTicket, laneTtl, rootWindow } = terms
    const worth = { price, unitsPerTicket, laneTtl, rootWindow, epochLength: 0, limit: 0 }
    return { kind, contract: addressToBytes(at.address), number, ...worth }
  })
}

async function readStakes(client: PublicClient, at: At, kind: number): Promise<NoteClass[]> {
  const contract = { ...at, abi: stakeRegistryAbi } as const
  const count = await client.readContract({ ...contract, functionName: 'classCount' })
  return await eachOf(count, async (number) => {
    const terms = await client.readContract({ ...contract, functionName: 'classOf', args: [BigInt(number)] })
    const { amount: price, unitsPerTicket, laneTtl, rootWindow, epochLength, limit } = terms
    const worth = { price, unitsPerTicket, laneTtl, rootWindow, epochLength, limit }
    return { kind, contract: addressToBytes(at.address), number, ...worth }
  })
}

async function readPayments(client: PublicClient, at: At, kind: number): Promise<NoteClass[]> {
  const { leastBase } = await client.readContract({ ...at, abi: paymentsAbi, functionName: 'floor' })
  const worth = { price: leastBase, ...paymentClass, epochLength: 0, limit: 1 }
  return [{ kind, contract: addressToBytes(at.address), number: 1, ...worth }]
}

async function eachOf(count: bigint, read: (number: number) => Promise<NoteClass>): Promise<NoteClass[]> {
  const classes: NoteClass[] = []
  for (let number = 1; number <= Number(count); number++) classes.push(await read(number))
  return classes
}
