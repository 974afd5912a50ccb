import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callerOf } from './callers.ts'

/** Whose request goes on when: at once, or when what is answered resolves. */
export type FairTurns = { enter(who: string): Promise<void> | undefined }

/** So long requests go on as they come within one turn of the event loop. */
const holdMs = 3
/** What callers have asked counts for so long. */
const memoryMs = 1000

/**
 * Lets requests go on as they come, until a turn of the event loop has lasted a few milliseconds. The others wait for the
 * next ones, of all callers those first who have asked least of late: who asks more waits for who asks less.
 */
export function createFairTurns(now: () => number = () => performance.now()): FairTurns {
  const waiting = new Map<string, (() => void)[]>()
  const asked = new Map<string, number>()
  let since: number | undefined
  let forgetAt = 0

  const hasTime = (): boolean => since === undefined || now() - since < holdMs

  function count(who: string): void {
    if (now() >= forgetAt) {
      asked.clear()
      forgetAt = now() + memoryMs
    }
    asked.set(who, (asked.get(who) ?? 0) + 1)
  }

  function begin(): void {
    if (since !== undefined) return
    since = now()
    setImmediate(turn)
  }

  async function turn(): Promise<void> {
    since = undefined
    if (waiting.size === 0) return
    begin()
    while (waiting.size > 0 && hasTime()) {
      takeNext()?.()
      await undefined // what it does at once counts
    }
  }

  /** Of the caller who has asked least, the oldest. */
  function takeNext(): (() => void) | undefined {
    const [who, queue] = [...waiting].reduce((a, b) => (askedBy(b) < askedBy(a) ? b : a))
    const next = queue.shift()
    if (queue.length === 0) waiting.delete(who)
    return next
  }

  const askedBy = ([who]: [string, unknown]): number => asked.get(who) ?? 0

  return {
    enter(who) {
      count(who)
      begin()
      if (waiting.size === 0 && hasTime()) return undefined
      const queue = waiting.get(who) ?? []
      waiting.set(who, queue)
      return new Promise((resolve) => queue.push(resolve))
    },
  }
}

/** Makes each request of an app wait for its turn when it comes, and again when its body is there. */
export function takeTurns(app: FastifyInstance): void {
  const turns = createFairTurns()
  const enter = (request: FastifyRequest, _: FastifyReply, done: () => void): void => {
    const turn = turns.enter(callerOf(request))
    if (turn) void turn.then(() => done())
    else done()
  }
  app.addHook('onRequest', enter)
  app.addHook('preHandler', enter)
}
