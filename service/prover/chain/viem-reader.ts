import { orAborted } from '@pennypost/sdk/async'
import { type Address, fromHex } from '@pennypost/sdk/crypto'
import { noteTreeAbi, type Operation } from '@pennypost/sdk/notes'
import { createPublicClient, getAbiItem, type PublicClient, type Transport } from 'viem'
import type { BlockRef, LoggedOperation } from '../store/index.ts'
import type { ChainReader, Confirmations } from './chain-reader.ts'
import { type NoteContracts, readClasses } from './classes.ts'
import { type LedgerContracts, readEvents } from './events.ts'
import { faultOf } from './faults.ts'
import { readLedgerClaim } from './ledger-claim.ts'
import { readBlock, readHead } from './read-block.ts'

type Options = NoteContracts &
  LedgerContracts & {
    readonly transport: Transport
    readonly confirmations: Confirmations
    /** Ends all waiting. */
    readonly signal: AbortSignal
  }

/** Reads a chain through its JSON-RPC endpoints. */
export function createViemReader(options: Options): ChainReader {
  const { transport, noteTree, confirmations, signal } = options
  const client = createPublicClient({ transport, cacheTime: 0 })
  const reader: ChainReader = {
    async identity() {
      const [chainId, genesis] = [await client.getChainId(), await client.getBlock({ blockNumber: 0n })]
      const capacity = await client.readContract({ address: noteTree, abi: noteTreeAbi, functionName: 'capacity' })
      return { chainId: BigInt(chainId), genesis: genesis.hash, capacity: Number(capacity) }
    },
    head: async () => refOf(await readHead(client, confirmations)),
    block: async (blockNumber) => refOf(await readBlock(client, { blockNumber })),
    operations: (from, to) => readOperations(client, noteTree, { from, to }),
    async claim(blockNumber) {
      const contract = { address: noteTree, abi: noteTreeAbi, blockNumber } as const
      const operations = await client.readContract({ ...contract, functionName: 'operationCount' })
      const chain = await client.readContract({ ...contract, functionName: 'chain' })
      return { operations: Number(operations), chain: fromHex(chain) }
    },
    classes: (block) => readClasses(client, options, block),
    ledgerClaim: (block) => readLedgerClaim(client, options, block),
    async leakUntil(secret, blockNumber) {
      const contract = { address: noteTree, abi: noteTreeAbi, blockNumber } as const
      return (await client.readContract({ ...contract, functionName: 'leakOf', args: [secret] })).until
    },
    time: async (blockNumber) => Number((await client.getBlock({ blockNumber })).timestamp),
    events: (from, to) => readEvents(client, options, { from, to }),
  }
  return translateErrors(reader, signal)
}

const refOf = (block: BlockRef | undefined): BlockRef | undefined => block && { number: block.number, hash: block.hash }

const appended = getAbiItem({ abi: noteTreeAbi, name: 'NoteAppended' })
const zeroed = getAbiItem({ abi: noteTreeAbi, name: 'NoteZeroed' })

async function readOperations(
  client: PublicClient,
  address: Address,
  { from, to }: { from: bigint; to: bigint },
): Promise<LoggedOperation[]> {
  const events = [appended, zeroed] as const
  const logs = await client.getLogs({ address, events, fromBlock: from, toBlock: to, strict: true })
  const operations = logs.map((log): LoggedOperation => {
    const leafIndex = Number(log.args.leafIndex)
    const operation: Operation =
      log.eventName === 'NoteAppended' ? { kind: 'append', ...log.args, leafIndex } : { kind: 'zero', leafIndex }
    return { index: Number(log.args.operation), block: log.blockNumber, operation }
  })
  return operations.sort((a, b) => a.index - b.index)
}

/** Every failure of the client becomes one error with a code. */
function translateErrors(reader: ChainReader, signal: AbortSignal): ChainReader {
  const translate =
    <Args extends unknown[], T>(method: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      try {
        return await orAborted(method(...args), signal)
      } catch (cause) {
        throw faultOf(cause)
      }
    }
  return {
    identity: translate(reader.identity),
    head: translate(reader.head),
    block: translate(reader.block),
    operations: translate(reader.operations),
    claim: translate(reader.claim),
    classes: translate(reader.classes),
    ledgerClaim: translate(reader.ledgerClaim),
    leakUntil: translate(reader.leakUntil),
    time: translate(reader.time),
    events: translate(reader.events),
  }
}
