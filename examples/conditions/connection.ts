import type { Client } from '@pennypost/sdk'

/** Only those write whom the reader has connected with. The connection comes in a letter, which the sender answers. */
export async function connection(reader: Client, sender: Client) {
  await reader.policy.set('connection')
  await reader.connections.grant(sender.address)
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm')
}
