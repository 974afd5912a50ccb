import type { Command } from '../command.ts'
import { conversationJson, listConversations, showMessage } from '../show-mail.ts'

/** Lists conversations with the newest message of each. */
export const inbox: Command = {
  name: 'inbox',
  about:
    'Lists conversations, oldest first, each with its newest message; who was not answered or allowed yet is unknown.',
  parameters: [],
  options: { all: { about: 'Lists those of blocked accounts too.' } },
  example: 'pennypost inbox --json',
  async run({ client: open, flags, signal }) {
    const client = await open()
    const rows = []
    for (const { consent, conversation } of await listConversations(client, { isAll: flags.all === true, signal })) {
      const [newest] = await conversation.messages({ limit: 1, direction: 'descending', signal })
      const shown = newest && showMessage(newest)
      const { peerAddress, path } = conversation
      rows.push({
        json: { ...conversationJson(conversation), consent, newest: shown?.json ?? null },
        text: `${peerAddress}  ${consent}, ${path}${shown ? `\n  ${shown.text.replaceAll('\n', '\n  ')}` : ''}`,
      })
    }
    const text = rows.length === 0 ? 'Nobody has written yet.' : rows.map((row) => row.text).join('\n')
    return { json: { account: client.address, conversations: rows.map(({ json }) => json) }, text }
  },
}
