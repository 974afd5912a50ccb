import type { Client } from '@pennypost/sdk'
import { parseAmount, parseRule } from '@pennypost/sdk/policy'

/** A letter is paid for in its sender's name, and the money is gone. */
export async function postage(reader: Client, sender: Client) {
  await reader.policy.set(parseRule('postage 0.5', reader))
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm', { payment: true, maxPrice: parseAmount('1', sender) })
}
