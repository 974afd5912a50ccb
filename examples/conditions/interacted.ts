import type { Client } from '@pennypost/sdk'

/** Whoever has used a contract may write: one of the last thousand transactions of the account went to it. */
export async function interacted(reader: Client, sender: Client, contract: string) {
  const fact = `interacted eip155:31337:${contract}`
  await reader.policy.set(fact)
  await sender.facts.obtain(fact)
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm')
}
