import type { Client } from '@pennypost/sdk'

/** Whoever holds a tenth of the coin of a chain may write, and nobody learns which holder did. */
export async function holds(reader: Client, sender: Client) {
  const fact = 'holds eip155:31337/slip44:60 >= 0.1'
  await reader.policy.set(fact)
  await sender.facts.obtain(fact)
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm')
}
