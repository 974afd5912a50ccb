import type { Client } from '@pennypost/sdk'
import { parseAmount, parseRule } from '@pennypost/sdk/policy'

/** The sender leaves a bond, which it loses if the reader calls the letter spam. */
export async function bond(reader: Client, sender: Client) {
  await reader.policy.set(parseRule('bond 2', reader))
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm', {
    payment: true,
    maxPrice: parseAmount('1', sender),
    maxBond: parseAmount('2', sender),
  })
}
