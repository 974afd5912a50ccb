import { pause } from '@pennypost/sdk/async'

/** What is to be done; where it throws, it is done again later. */
type Task = () => Promise<void>
type Line = { readonly tasks: Task[]; failures: number }

export type FairQueueOptions = {
  /** How many run at a time. */
  readonly workers: number
  /** So many of one key may wait. */
  readonly mostOfOne: number
  /** So many may wait in all. */
  readonly most: number
  /** Of what a task throws. */
  readonly onError: (error: unknown) => void
  /** Nothing more is begun once it ends. */
  readonly signal: AbortSignal
}

/** Between two tries of a task, in milliseconds: doubled each time. */
const [firstRest, longestRest] = [500, 15_000]

/**
 * Tasks by key: those of one key in their order and one at a time, those of different keys in turn. A task that fails stays the
 * first of its key, and holds up no other key meanwhile.
 */
export class FairQueue {
  readonly #options: FairQueueOptions
  readonly #lines = new Map<string, Line>()
  readonly #turns: string[] = []
  readonly #idle: (() => void)[] = []
  #running = 0
  #waiting = 0

  constructor(options: FairQueueOptions) {
    this.#options = options
  }

  /** Whether one more of this key may wait. */
  hasRoom(key: string): boolean {
    const { most, mostOfOne } = this.#options
    return this.#waiting < most && (this.#lines.get(key)?.tasks.length ?? 0) < mostOfOne
  }

  /** Takes a task, whether there is room or not. */
  push(key: string, task: Task): void {
    this.#waiting++
    const line = this.#lines.get(key)
    if (line) line.tasks.push(task)
    else {
      this.#lines.set(key, { tasks: [task], failures: 0 })
      this.#enter(key)
    }
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #enter(key: string): void {
    this.#turns.push(key)
    if (this.#running < this.#options.workers) void this.#work()
  }

  async #work(): Promise<void> {
    this.#running++
    for (let key = this.#next(); key !== undefined; key = this.#next()) await this.#serve(key)
    this.#running--
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #next(): string | undefined {
    return this.#options.signal.aborted ? undefined : this.#turns.shift()
  }

  async #serve(key: string): Promise<void> {
    const line = this.#lines.get(key)
    const [task] = line?.tasks ?? []
    if (!line || !task) return
    try {
      await task()
    } catch (error) {
      this.#options.onError(error)
      return this.#rest(key, line)
    }
    line.failures = 0
    line.tasks.shift()
    this.#waiting--
    if (line.tasks.length > 0) this.#turns.push(key)
    else this.#lines.delete(key)
  }

  #rest(key: string, line: Line): void {
    const delay = Math.min(longestRest, firstRest * 2 ** line.failures++)
    pause(delay, this.#options.signal).then(
      () => this.#enter(key),
      () => undefined, // it ends
    )
  }
}
