import type { Client } from '@pennypost/sdk'

/** No stranger writes at all; those who are connected with the reader still do. */
export async function nobody(reader: Client, sender: Client) {
  await reader.policy.set('nobody')
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm')
}
