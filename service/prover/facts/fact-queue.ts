import { type FactRefusal, refuse } from './fact-refusal.ts'

/** How many facts are looked up, or wait for it. */
export type FactBounds = {
  /** Looked up at the same time. */
  readonly running: number
  /** Of one caller, looked up or waiting. */
  readonly ofCaller: number
  /** Of everybody, looked up or waiting. */
  readonly overall: number
}

/** Where facts wait to be looked up. */
export type FactQueue = {
  run<T>(who: string, task: () => Promise<T>): Promise<T | FactRefusal>
  /** How many are looked up, or wait for it. */
  held(): number
}

type Caller = { readonly who: string; running: number; readonly waiting: ((isTurn: boolean) => void)[] }

const tooManyOfCaller = refuse('rate.limited', 'Too many facts at once. Wait for the answers.')
const tooManyOverall = refuse('rate.limited', 'Too many facts wait to be looked up. Try again in a moment.')

/**
 * Looks up a few facts at a time: next, one of whoever has fewest under way. Where too many wait, the newest of whoever holds
 * most gives way to who would hold less.
 */
export function createFactQueue(bounds: FactBounds): FactQueue {
  const callers = new Map<string, Caller>()
  const all = () => [...callers.values()]
  const held = () => all().reduce((sum, caller) => sum + heldBy(caller), 0)
  const running = () => all().reduce((sum, caller) => sum + caller.running, 0)

  function giveWay(than: number): boolean {
    const most = all()
      .filter(({ waiting }) => waiting.length > 0)
      .reduce<Caller | undefined>((a, b) => (a && heldBy(a) >= heldBy(b) ? a : b), undefined)
    if (!most || heldBy(most) <= than) return false
    most.waiting.pop()?.(false)
    return true
  }

  /** Begins, of whoever has fewest under way, what has waited longest. */
  function next(): void {
    const waiting = all().filter((caller) => caller.waiting.length > 0)
    const [first] = waiting.sort((a, b) => a.running - b.running)
    if (!first || running() >= bounds.running) return
    first.running += 1
    callers.delete(first.who) // and is the last of its equals from now on
    callers.set(first.who, first)
    first.waiting.shift()?.(true)
    next()
  }

  /** Why a caller may not even wait. */
  function check(caller: Caller): FactRefusal | undefined {
    if (heldBy(caller) >= bounds.ofCaller) return tooManyOfCaller
    return held() < bounds.overall || giveWay(heldBy(caller) + 1) ? undefined : tooManyOverall
  }

  async function runNow<T>(caller: Caller, task: () => Promise<T>): Promise<T> {
    try {
      return await task()
    } finally {
      caller.running -= 1
      next()
    }
  }

  return {
    held,
    async run(who, task) {
      const caller = callers.get(who) ?? { who, running: 0, waiting: [] }
      const refusal = check(caller)
      if (refusal) return refusal
      callers.set(who, caller)
      const turn = new Promise<boolean>((resolve) => caller.waiting.push(resolve))
      next()
      try {
        return (await turn) ? await runNow(caller, task) : tooManyOverall
      } finally {
        if (heldBy(caller) === 0) callers.delete(who)
      }
    },
  }
}

const heldBy = ({ running, waiting }: Caller): number => running + waiting.length
