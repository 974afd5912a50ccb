import type { Client } from '@pennypost/sdk'

/** Nothing is asked of a stranger. The node takes a small letter from anybody. */
export async function everyone(reader: Client, sender: Client) {
  await reader.policy.set('everyone')
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm')
}
