import type { Client } from '@pennypost/sdk'

/** The door opens at a moment. Who comes before it is told when to come back. */
export async function after(reader: Client, sender: Client, from: Date) {
  await reader.policy.set(`after ${from.toISOString().slice(0, 19)}Z`)
  const conversation = await sender.conversations.new(reader.address)
  const sent = await conversation.send('gm')
  if (!sent.ok && sent.retryAt) console.log('come back at', new Date(sent.retryAt * 1000).toISOString())
  return sent
}
