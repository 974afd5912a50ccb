import { readFile } from 'node:fs/promises'
import { type Address, getContract, type Hex } from 'viem'
import type { LocalNetwork } from './network.ts'

/** A collection on the network's chain: its address in lower case, and how a token of it gets to somebody. */
export type Collection = { readonly address: string; mint(to: Address): Promise<void> }

/** Deploys a collection, of which anybody gets a token. */
export async function deployCollection({
  connect,
  funder,
}: Pick<LocalNetwork, 'connect' | 'funder'>): Promise<Collection> {
  const { publicClient, walletClient } = connect(funder)
  const path = new URL('../../artifacts/contracts/mocks/Collection.sol/Collection.json', import.meta.url)
  const { abi, bytecode } = JSON.parse(await readFile(path, 'utf8'))
  const mined = (hash: Hex) => publicClient.waitForTransactionReceipt({ hash })
  const { contractAddress } = await mined(await walletClient.deployContract({ abi, bytecode }))
  if (!contractAddress) throw new Error('The collection was not deployed.')
  const { write } = getContract({ address: contractAddress, abi, client: walletClient })
  return {
    address: contractAddress.toLowerCase(),
    async mint(to) {
      await mined((await write.mint?.([to])) ?? '0x')
    },
  }
}
