import type { Client } from '@pennypost/sdk'
import { parseAmount, parseRule } from '@pennypost/sdk/policy'

/** The reader gets a tip, whatever it thinks of the letter. */
export async function tip(reader: Client, sender: Client) {
  await reader.policy.set(parseRule('tip 0.25', reader))
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm', { payment: true, maxPrice: parseAmount('1', sender) })
}
