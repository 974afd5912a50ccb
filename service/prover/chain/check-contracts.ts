import { type Address, equalBytes, fromHex, networkIdOf, noteKinds } from '@pennypost/sdk/crypto'
import { checkpointRegistryAbi, connectionResolverAbi, noteTreeAbi, postageAbi } from '@pennypost/sdk/notes'
import { createPublicClient, type Hex, isAddressEqual, type PublicClient, type Transport } from 'viem'
import { SettingInvalidError } from '../../plugins/settings.ts'
import type { NoteContracts } from './classes.ts'
import type { LedgerContracts } from './events.ts'
import { faultOf, isOfEndpoint } from './faults.ts'

type Contracts = NoteContracts & LedgerContracts & { readonly network: string }

/** A setting, an address that it gave, and what is wrong with that, as the end of a sentence. */
type Check = readonly [setting: string, address: Address, fault: () => Promise<string | undefined>]

/**
 * Makes sure that every address is of the contract that it was given for, of this note tree and this network. Throws
 * {@link SettingInvalidError}, which names the setting, for the first that is not.
 */
export async function checkContracts(transport: Transport, contracts: Contracts): Promise<void> {
  const client = createPublicClient({ transport, cacheTime: 0 })
  for (const [setting, address, fault] of [...checkSources(client, contracts), ...checkOthers(client, contracts)]) {
    const found = await fault().catch((cause) => {
      if (isOfEndpoint(cause)) throw faultOf(cause)
      return 'there is no such contract'
    })
    if (found) throw new SettingInvalidError(`${setting}: ${found} at ${address}.`, { hint: 'Correct the address.' })
  }
}

/** The note tree, and the contracts that notes come from: each of the tree, which takes nothing else from it. */
function checkSources(client: PublicClient, { noteTree, postage, stakes, payments }: Contracts): Check[] {
  const tree = { address: noteTree, abi: noteTreeAbi } as const
  const checkKind = (setting: string, kind: number) => (address: Address) =>
    [
      setting,
      address,
      async () => {
        const of = await client.readContract({ address, abi: postageAbi, functionName: 'tree' })
        const known = await client.readContract({ ...tree, functionName: 'kindOf', args: [address] })
        if (known !== 0 && known !== kind) return 'there is another kind of contract'
        return isAddressEqual(of, noteTree) ? undefined : 'there is a contract of another note tree'
      },
    ] as const
  return [
    [
      'PENNYPOST_NOTE_TREE',
      noteTree,
      async () => void (await client.readContract({ ...tree, functionName: 'capacity' })),
    ],
    ...postage.map(checkKind('PENNYPOST_POSTAGE', noteKinds.stamp)),
    ...stakes.map(checkKind('PENNYPOST_STAKES', noteKinds.stake)),
    ...payments.map(checkKind('PENNYPOST_PAYMENTS', noteKinds.payment)),
  ]
}

function checkOthers(client: PublicClient, { noteTree, connections, checkpointRegistry, network }: Contracts): Check[] {
  const faultOfNetwork = (id: Hex) =>
    equalBytes(fromHex(id), networkIdOf(network)) ? undefined : `there is a contract of another network than ${network}`
  const checkConnections = (address: Address) =>
    [
      'PENNYPOST_CONNECTIONS',
      address,
      async () => {
        await client.readContract({ address, abi: connectionResolverAbi, functionName: 'changeCount' })
        await client.readContract({ address, abi: connectionResolverAbi, functionName: 'schema' })
        return faultOfNetwork(
          await client.readContract({ address, abi: connectionResolverAbi, functionName: 'networkId' }),
        )
      },
    ] as const
  const checkRegistry = (address: Address) =>
    [
      'PENNYPOST_CHECKPOINT_REGISTRY',
      address,
      async () => {
        const registry = { address, abi: checkpointRegistryAbi } as const
        await client.readContract({ ...registry, functionName: 'termsHash' })
        const tree = await client.readContract({ ...registry, functionName: 'tree' })
        if (!isAddressEqual(tree, noteTree)) return 'there is a contract of another note tree'
        return faultOfNetwork(await client.readContract({ ...registry, functionName: 'networkId' }))
      },
    ] as const
  return [...connections.map(checkConnections), ...(checkpointRegistry ? [checkRegistry(checkpointRegistry)] : [])]
}
