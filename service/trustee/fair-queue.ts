/** Tasks by key: those of one key in their order and one at a time, those of different keys in turn. */
export type FairQueue = {
  /** False where too many of this key wait already: the task is never done. */
  push(key: string, task: () => Promise<void>): boolean
  /** Resolves when nothing waits. */
  idle(): Promise<void>
}

type Options = {
  /** How many run at a time. */
  readonly workers: number
  readonly mostOfOne: number
  /** Of what a task throws. */
  readonly onError: (error: unknown) => void
}

export function createFairQueue({ workers, mostOfOne, onError }: Options): FairQueue {
  const waiting = new Map<string, (() => Promise<void>)[]>()
  const turns: string[] = []
  const idle: (() => void)[] = []
  let running = 0

  async function work(): Promise<void> {
    running++
    for (let key = turns.shift(); key !== undefined; key = turns.shift()) {
      const tasks = waiting.get(key) ?? []
      await tasks[0]?.().catch(onError)
      tasks.shift()
      if (tasks.length > 0) turns.push(key)
      else waiting.delete(key)
    }
    running--
    if (running === 0) for (const resolve of idle.splice(0)) resolve()
  }

  return {
    push(key, task) {
      const tasks = waiting.get(key)
      if (tasks && tasks.length >= mostOfOne) return false
      if (tasks) tasks.push(task)
      else {
        waiting.set(key, [task])
        turns.push(key)
        if (running < workers) void work()
      }
      return true
    },
    async idle() {
      if (running > 0) await new Promise<void>((resolve) => idle.push(resolve))
    },
  }
}
