import type { Client } from '@pennypost/sdk'

/** Accounts that are new pay a stamp; old ones need none. Who asks for a fact that is not so is told why. */
export async function age(reader: Client, sender: Client) {
  await reader.policy.set('age eip155:31337 >= 90 days or stamp 1')
  try {
    await sender.facts.obtain('age eip155:31337 >= 90 days')
  } catch (error) {
    console.log(String(error)) // the account had sent no transaction 90 days before
  }
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm')
}
