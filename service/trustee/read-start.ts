import type { Cursor } from '@pennypost/sdk/codec'
import { unitsOf } from '@pennypost/sdk/verifier'
import type { Context } from './context.ts'

/** So much of one channel in one turn, so that other depositors have theirs, and no more of it is held at a time. */
const mostInTurn = 16
/** What the depositor's lane and the one to ask under carry: whoever renews them before a channel is listened to harms itself alone. */
const mostUnits = 2 * 1024

/** How far the start of a channel was read. */
export type Start = { readonly cursor: Cursor | undefined; readonly units: number }

type Reading = Start & { readonly topic: string }

/** Works on some of what was said on a channel before it was listened to; answers where to go on, or undefined at the end. */
export async function readStart(
  { account, signal }: Pick<Context, 'account' | 'signal'>,
  { topic, cursor, units }: Reading,
  receive: (message: Uint8Array) => Promise<void>,
): Promise<Start | undefined> {
  const { messages, next } = await account.said(topic, { cursor, limit: mostInTurn, signal })
  let read = units
  for (const message of messages) {
    read += unitsOf(message)
    if (read > mostUnits) return undefined
    await receive(message)
  }
  return next && { cursor: next, units: read }
}
