import { joinSignals, orAborted } from '@pennypost/sdk/async'
import type { Context } from './context.ts'

/** A channel on which more was said than may wait: it is read from the node once more, as fast as it is worked on. */
export type LateChannel = {
  readonly topic: string
  /** The node's number of the first that is not done. */
  next: bigint
  /** Of the last that is known to be there. */
  newest: bigint
}

/** So many are worked on in one turn, so that other channels have theirs. */
const mostInTurn = 16
/** A turn that lasts longer has an end, too: a node that says nothing holds up no other channel. */
const longestTurnMs = 10_000

export const isCaughtUp = ({ next, newest }: LateChannel): boolean => next > newest

/** Works on some more of what was said. Where it throws, the next turn begins with what is not done. */
export async function catchUp(
  { account, signal }: Pick<Context, 'account' | 'signal'>,
  late: LateChannel,
  receive: (message: Uint8Array) => Promise<void>,
): Promise<void> {
  const turn = joinSignals([signal], { afterMs: longestTurnMs })
  let close = () => {}
  const done = new Promise<void>((resolve, reject) => {
    let left = mostInTurn
    const stream = account.channels({
      after: late.next - 1n,
      async receive({ sequence, message }) {
        if (left === 0 || sequence === undefined || sequence < late.next) return
        await receive(message)
        late.next = sequence + 1n
        left = isCaughtUp(late) ? 0 : left - 1
        if (left === 0) resolve()
      },
      onError: reject,
    })
    close = () => stream.close()
    stream.add([late.topic], 'now').catch(reject)
  })
  try {
    await orAborted(done, turn.signal)
  } finally {
    turn.release()
    close()
  }
}
