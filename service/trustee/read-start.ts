import type { Context } from './context.ts'

/** So much of it: whoever says more there before it is listened to is its depositor, and harms itself alone. */
const mostRead = 16
const enough = new Error('Enough was read.')

/** Works on what its depositor said on a channel before it was listened to. */
export async function readStart(
  { account }: Pick<Context, 'account'>,
  { topic, after }: { readonly topic: string; readonly after: bigint },
  receive: (message: Uint8Array) => Promise<void>,
): Promise<void> {
  let left = mostRead
  const stream = account.channels({
    after,
    async receive({ sequence, message }) {
      if (sequence !== undefined) return // it is listened to elsewhere
      if (left-- === 0) throw enough
      await receive(message)
    },
    onError: () => undefined,
  })
  try {
    await stream.add([topic], 'start')
  } catch (error) {
    if (error !== enough) throw error
  } finally {
    stream.close()
  }
}
