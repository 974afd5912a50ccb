import type { Client } from '@pennypost/sdk'

/** The sender has left a deposit, which comes back unless it uses one ticket twice. Nobody can tell whose it is. */
export async function stake(reader: Client, sender: Client) {
  await sender.stakes.stake()
  await reader.policy.set('stake 1')
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm')
}
