import type { Client } from '@pennypost/sdk'

/** The contract that keeps connections on the chain, and who vouches by it. */
type Vouching = { readonly resolver: string; readonly granter: string }

/** Whoever a third party vouches for may write: it has connected with the account on a chain. */
export async function connected(reader: Client, sender: Client, { resolver, granter }: Vouching) {
  const fact = `connected eip155:31337:${resolver} from ${granter}`
  await reader.policy.set(fact)
  await sender.facts.obtain(fact)
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm')
}
