import type { Command } from '../command.ts'
import { showMessage } from '../show-mail.ts'

/** Shows messages as they come. */
export const watch: Command = {
  name: 'watch',
  about: 'Shows every message as it comes, until it is ended. Other commands of the account may run beside it.',
  parameters: [],
  options: {},
  example: 'pennypost watch --json',
  async run({ client: open, signal, tell }) {
    const client = await open('listening')
    for await (const message of await client.streamAllMessages({ signal })) await tell(showMessage(message))
    return undefined
  },
}
