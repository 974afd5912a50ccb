import type { Command } from '../command.ts'
import { addressAt, numberOf, textOf } from '../given.ts'
import { showMessage } from '../show-mail.ts'

/** Shows the messages exchanged with one account. */
export const read: Command = {
  name: 'read',
  about:
    "Shows what was written with an account, oldest first. Of a stranger's letter that was not answered, for a while only the letter.",
  parameters: ['ADDRESS'],
  options: { limit: { value: 'COUNT', about: 'The newest so many; 50 unless given.' } },
  example: 'pennypost read 0x937C0d4a6294cdfa575de17382c7076b579DC176',
  async run(call) {
    const peer = addressAt(call)
    const limit = numberOf(textOf(call, 'limit') ?? '50', '--limit', [1, 100_000])
    const client = await call.client()
    const { signal } = call
    const all = await client.conversations.list({ consent: 'any', signal })
    const found = []
    for (const conversation of all.filter(({ peerAddress }) => peerAddress === peer)) {
      found.push(...(await conversation.messages({ limit, direction: 'descending', signal })))
    }
    const newest = found
      .sort((a, b) => b.sentAt.getTime() - a.sentAt.getTime())
      .slice(0, limit)
      .reverse()
    const shown = newest.map(showMessage)
    const text = shown.length === 0 ? `Nothing was written with ${peer}.` : shown.map(({ text }) => text).join('\n')
    return { json: { account: client.address, peer, messages: shown.map(({ json }) => json) }, text }
  },
}
