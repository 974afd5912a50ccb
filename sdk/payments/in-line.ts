import { createQueue, joinSignals, orAborted, type Queue } from '../async.ts'

/** Milliseconds that a step may hold up those behind it: a wallet may leave its question unanswered for ever. */
const patienceMs = 120_000

const lines = new Map<string, { readonly queue: Queue; length: number }>()

/** Takes the steps of one name in this run one after the other. */
export async function inLine<T>(name: string, step: () => Promise<T>, signal?: AbortSignal | undefined): Promise<T> {
  const line = lines.get(name) ?? { queue: createQueue(), length: 0 }
  lines.set(name, line)
  line.length++
  try {
    const { work } = await line.queue(async () => {
      const work = step()
      await orPatience(work, signal)
      return { work }
    }, signal)
    return await work
  } finally {
    if (--line.length === 0) lines.delete(name)
  }
}

/** Waits for the end of a step, good or bad, but not for ever. */
async function orPatience(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  const { signal: over, release } = joinSignals([signal], { afterMs: patienceMs })
  await orAborted(work, over).catch(() => undefined)
  release()
}
