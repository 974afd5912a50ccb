import { type Address, addressToBytes, type Hex } from '@pennypost/sdk/crypto'
import type { TimedBlock } from '../chain/index.ts'
import type { FactChain } from './fact-chain.ts'
import { type FactRefusal, type Found, refuse } from './fact-refusal.ts'
import { readWord, write } from './read-holding.ts'

/** Who may have connected with whom, by which contract (CAIP-10). */
export type Connecting = { readonly resolver: string; readonly granter: string; readonly subject: Address }

/** `isConnected(address,address)` of a `ConnectionResolver`. */
const isConnected = '0x36896d38'

/** One or none: whether an account had connected with another after a block. */
export async function readConnected(
  chain: FactChain,
  { resolver, granter, subject }: Connecting,
  block: TimedBlock,
): Promise<Found<bigint> | FactRefusal> {
  const to = resolver.split(':')[2] as Hex
  const word = await readWord(chain, { to, data: write(isConnected, [granter, subject].map(addressToBytes)) }, block)
  if (!word.ok || word.value <= 1n) return word
  return refuse('fact.token-senseless', `${resolver} answers neither yes nor no.`)
}
