import type { Client } from '@pennypost/sdk'

/** A letter of any size is paid with computing time: twice as much for each bit. */
export async function work(reader: Client, sender: Client) {
  await reader.policy.set('work 8')
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm', { maxEffort: 10 })
}
