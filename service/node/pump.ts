/** Something to write, and how many bytes. */
export type PumpedWrite = { readonly bytes: number; readonly write: () => void }

/** Writes to sockets, not too much in one turn of the event loop. */
export type Pump = { push(who: string, write: PumpedWrite): void }

/** So many bytes are given to sockets in a turn; each write costs something besides. */
const most = { perTurn: 512 * 1024, perWrite: 4 * 1024 }

/**
 * An envelope of a megabyte for hundreds of streams is hundreds of megabytes that the system copies, and everybody waits. So
 * what is more than a turn takes waits for the next ones: of each caller in its order, and of all callers the smallest first.
 */
export function createPump(): Pump {
  const queues = new Map<string, PumpedWrite[]>()
  let spent = 0
  let isScheduled = false

  function queueOf(who: string): PumpedWrite[] {
    const queue = queues.get(who) ?? []
    queues.set(who, queue)
    return queue
  }

  function run({ bytes, write }: PumpedWrite): void {
    spent += bytes + most.perWrite
    write()
  }

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(turn)
  }

  function turn(): void {
    isScheduled = false
    spent = 0
    while (queues.size > 0 && spent < most.perTurn) runSmallest()
    if (spent > 0) schedule()
  }

  function runSmallest(): void {
    const [who, queue] = [...queues].reduce((a, b) => ((b[1][0]?.bytes ?? 0) < (a[1][0]?.bytes ?? 0) ? b : a))
    const next = queue.shift()
    if (queue.length === 0) queues.delete(who)
    if (next) run(next)
  }

  return {
    push(who, write) {
      if (queues.size === 0 && spent < most.perTurn) run(write)
      else queueOf(who).push(write)
      schedule()
    },
  }
}
