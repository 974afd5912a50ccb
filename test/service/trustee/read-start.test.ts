import { expect, test } from 'vitest'
import type { Cursor } from '../../../sdk/codec/index.ts'
import { readStart, type Start } from '../../../service/trustee/read-start.ts'

const unit = 4_096

/** A channel on which messages of these lengths were said, read turn by turn: how many were worked on in each. */
async function turnsOf(lengths: readonly number[]): Promise<number[]> {
  const signal = new AbortController().signal
  const said = async (
    _: string,
    { cursor, limit = 100 }: { cursor?: Cursor | undefined; limit?: number | undefined },
  ) => {
    const from = Number(cursor?.senderTimeNs ?? 0n)
    const messages = lengths.slice(from, from + limit).map((length) => new Uint8Array(length))
    const end = from + messages.length
    const next = end < lengths.length ? { senderTimeNs: BigInt(end), digest: new Uint8Array() } : undefined
    return { messages, next }
  }
  const context = { account: { said }, signal } as unknown as Parameters<typeof readStart>[0]
  const turns: number[] = []
  let start: Start | undefined = { cursor: undefined, units: 0 }
  while (start) {
    let count = 0
    start = await readStart(context, { topic: 'channel', ...start }, async () => void count++)
    turns.push(count)
  }
  return turns
}

test.each<[string, readonly number[], number[]]>([
  ['nothing', [], [0]],
  ['less than a turn', Array(15).fill(100), [15]],
  ['some turns', Array(40).fill(100), [16, 16, 8]],
  ['what two lanes carry in the longest messages', Array(128).fill(16 * unit), Array(8).fill(16)],
  ['more than that, of which the rest is left', Array(140).fill(16 * unit), [...Array(8).fill(16), 0]],
  ['more than that in the shortest', Array(2_060).fill(1), [...Array(128).fill(16), 0]],
])('the start of a channel is read in turns of sixteen messages: %s', async (_, lengths, turns) => {
  expect(await turnsOf(lengths)).toEqual(turns)
})
