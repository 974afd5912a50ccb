import type { Client } from '@pennypost/sdk'
import { parseAmount } from '@pennypost/sdk/policy'

/** A letter takes two stamps, which the sender bought before: nobody can tell who used them. */
export async function stamp(reader: Client, sender: Client) {
  await sender.stamps.buy({ count: 4, maxPrice: parseAmount('10', sender) })
  await reader.policy.set('stamp 2')
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm', { maxPrice: parseAmount('5', sender) })
}
