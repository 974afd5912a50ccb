import type { FactProgress } from '@pennypost/sdk/facts'
import type { FactRecord } from '../store/index.ts'
import type { FactRefusal, Found } from './fact-refusal.ts'

/** What became of a request. */
export type FactOutcome = Found<FactRecord> | FactRefusal

/** A request that is looked up, or was a moment ago. */
export type FactJob = {
  readonly id: string
  readonly progress: FactProgress
  /** Undefined until it is over, and where it has failed. */
  readonly outcome: FactOutcome | undefined
  readonly isOver: boolean
  readonly done: Promise<FactOutcome>
  /** Resolves at the next progress, or when it is over. */
  next(): Promise<void>
}

/** Requests by their names, so that who asks again looks at what is under way. */
export type FactJobs = {
  find(id: string): FactJob | undefined
  start(id: string, work: (report: (progress: FactProgress) => void) => Promise<FactOutcome>): FactJob
  /** Forgets one that is over. */
  forget(id: string): void
}

/** Those that are over are remembered as long as this, for who polls, and never more than so many. */
const memory = { ms: 300_000, most: 1_000 }

export function createFactJobs(): FactJobs {
  const jobs = new Map<string, FactJob>()
  const over = new Map<string, number>()

  function forget(id: string): void {
    if (over.delete(id)) jobs.delete(id)
  }

  function keep(id: string): void {
    const now = performance.now()
    over.set(id, now)
    for (const [old, at] of over) if (over.size > memory.most || now - at > memory.ms) forget(old)
  }

  return {
    find: (id) => jobs.get(id),
    forget,
    start(id, work) {
      const job = createJob(id, work)
      jobs.set(id, job)
      over.delete(id)
      job.done.then(
        () => keep(id),
        () => jobs.delete(id),
      )
      return job
    },
  }
}

function createJob(id: string, work: Parameters<FactJobs['start']>[1]): FactJob {
  let [progress, outcome, isOver]: [FactProgress, FactOutcome | undefined, boolean] = [start, undefined, false]
  let [wake, change] = createChange()
  function tell(): void {
    wake()
    ;[wake, change] = createChange()
  }
  const done = work((made) => {
    progress = made
    tell()
  })
  const end = (made?: FactOutcome): void => {
    ;[outcome, isOver] = [made, true]
    tell()
  }
  done.then(end, () => end())
  return {
    id,
    done,
    get progress() {
      return progress
    },
    get outcome() {
      return outcome
    },
    get isOver() {
      return isOver
    },
    next: () => change,
  }
}

function createChange(): [wake: () => void, change: Promise<void>] {
  let wake = (): void => {}
  const change = new Promise<void>((resolve) => {
    wake = resolve
  })
  return [wake, change]
}

const start: FactProgress = { done: 0, of: 1 }
