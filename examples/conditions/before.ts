import type { Client } from '@pennypost/sdk'

/** The door is open until a moment, which the reader chose; afterwards, only stamps open it. */
export async function before(reader: Client, sender: Client, until: Date) {
  await reader.policy.set(`before ${until.toISOString().slice(0, 19)}Z or stamp 1`)
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm')
}
