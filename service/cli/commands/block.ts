import type { Command } from '../command.ts'
import { addressAt } from '../given.ts'

/** Refuses an account, or takes that back. */
export const block: Command = {
  name: 'block',
  about: 'Refuses an account from now on, at every client of yours.',
  parameters: ['ADDRESS'],
  options: { undo: { about: 'Takes it back.' } },
  example: 'pennypost block 0x937C0d4a6294cdfa575de17382c7076b579DC176',
  async run(call) {
    const peer = addressAt(call)
    const client = await call.client()
    if (call.flags.undo === true) {
      const done = await client.allow(peer, { signal: call.signal })
      return done.ok ? { json: { ok: true, peer, isBlocked: false }, text: `${peer} is blocked no more.` } : done
    }
    const done = await client.block(peer, { signal: call.signal })
    if (!done.ok) return done
    const { isKnownToNode } = done
    const where = isKnownToNode ? '' : ' The node cannot tell its letters yet; they are not shown.'
    return { json: { ok: true, peer, isBlocked: true, isKnownToNode }, text: `${peer} is blocked.${where}` }
  },
}
