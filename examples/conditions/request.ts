import type { Client } from '@pennypost/sdk'

/** A small letter is paid with some seconds of computing, while the reader has places for such letters. */
export async function request(reader: Client, sender: Client) {
  await reader.policy.set('request')
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm')
}
