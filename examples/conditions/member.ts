import type { Client } from '@pennypost/sdk'
import { makeMemberList } from '@pennypost/sdk/facts'

/** Whoever is on a list of accounts may write. The reader publishes the list; the policy has its root only. */
export async function member(reader: Client, sender: Client, accounts: readonly string[]) {
  const list = makeMemberList(accounts)
  await reader.policy.set(`member ${list.root}`)
  await sender.facts.obtain(`member ${list.root}`, { path: list.pathOf(sender.address) })
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm')
}
