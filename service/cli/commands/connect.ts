import type { Command } from '../command.ts'
import { addressAt, numberOf, textOf } from '../given.ts'

const secondsOfDay = 86_400

/** Lets an account write freely, or takes that back. */
export const connect: Command = {
  name: 'connect',
  about: 'Lets an account write to you freely.',
  parameters: ['ADDRESS'],
  options: {
    days: { value: 'DAYS', about: 'How long it holds; 365 unless given.' },
    revoke: { about: 'Takes it back.' },
    visible: { about: 'Lets the node learn whom it is for, as it must for an account that only has stock clients.' },
  },
  example: 'pennypost connect 0x937C0d4a6294cdfa575de17382c7076b579DC176 --days 30',
  async run(call) {
    const peer = addressAt(call)
    const { flags, signal } = call
    const days = numberOf(textOf(call, 'days') ?? '365', '--days', [1, 3_650])
    const { connections } = await call.client()
    const path = flags.visible === true ? ('visible' as const) : undefined
    const isRevoked = flags.revoke === true
    const done = isRevoked
      ? await connections.revoke(peer, { signal })
      : await connections.grant(peer, { seconds: days * secondsOfDay, path, signal })
    if (!done.ok) return done
    const text = isRevoked ? `${peer} may no longer write freely.` : `${peer} may write freely for ${days} days.`
    return { json: { ok: true, peer, isConnected: !isRevoked }, text }
  },
}
