import type { Command } from '../command.ts'
import { showJson } from '../print.ts'
import { conversationJson, listConversations, showMessage } from '../show-mail.ts'

/** Writes out what the account has: the portable part, without keys. */
export const exportMail: Command = {
  name: 'export',
  about: 'Writes all conversations with their messages as JSON, one in each line. No key is in it.',
  parameters: [],
  options: {},
  example: 'pennypost export > mail.jsonl',
  async run({ client: open, signal, tell }) {
    const client = await open()
    for (const { consent, conversation } of await listConversations(client, { isAll: true, signal })) {
      const messages = (await conversation.messages({ signal })).map((message) => showMessage(message).json)
      const json = { account: client.address, ...conversationJson(conversation), consent, messages }
      signal.throwIfAborted()
      await tell({ json, text: showJson(json) })
    }
    return undefined
  },
}
