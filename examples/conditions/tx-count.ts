import type { Client } from '@pennypost/sdk'

/** Whoever has sent a transaction on a chain may write. */
export async function txCount(reader: Client, sender: Client) {
  const fact = 'txCount eip155:31337 >= 1'
  await reader.policy.set(fact)
  await sender.facts.obtain(fact)
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm')
}
