import type { Clock } from '../plugins/clock.ts'
import { createBudget } from './budget.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Bounds of what is verified, in proofs. */
export type ProofLimits = {
  /** False ones of one caller in a minute; as many are verified for it at a time. */
  readonly failed: number
  /** Of one caller, verified or waiting. */
  readonly ofCaller: number
  /** Of everybody, verified or waiting. */
  readonly overall: number
}

/** What is done about some proofs of a caller. */
export type ProofWork<T> = {
  readonly who: string
  readonly proofs: number
  readonly verify: () => Promise<T>
  /** Whether what came of it counts against the caller. */
  readonly hasFailed: (result: T) => boolean
}

/** Where proofs wait for the verifier. */
export type ProofQueue = {
  run<T>(work: ProofWork<T>): Promise<T | Refusal>
  /** How many proofs are being verified, or wait for it. */
  waiting(): number
}

type Caller = { held: number; running: number; readonly waiting: Place[] }

/** What is verified or waits; `wake` is what it waits for. */
type Place = {
  readonly who: string
  readonly caller: Caller
  readonly proofs: number
  isHeld: boolean
  wake: () => void
}

const tooManyFailed = refuse('rate.limited', 'Too many proofs failed. Wait a minute.')
const tooManyOfCaller = refuse('rate.limited', 'Too many proofs at once. Wait for the answers.')
const tooManyOverall = refuse('node.unavailable', 'Too many proofs wait to be verified. Try again in a moment.')

/**
 * Verifies for a caller only as many proofs at a time as it may still show false ones: what is being verified is taken from
 * the budget beforehand and given back where it holds, so that many at once get no further than one after the other. More
 * than the whole budget in one request is verified where nothing else of the caller's has failed or is being verified.
 */
export function createProofQueue({ limits, clock }: { limits: ProofLimits; clock: Clock }): ProofQueue {
  const failures = createBudget({ perMinute: limits.failed, clock })
  const room = createRoom(limits)

  const fits = (taken: number, proofs: number): boolean => taken === 0 || taken + proofs <= limits.failed

  /** Resolves when the proofs may be verified, with why if they may not: too many have failed, or they gave way. */
  async function turn(place: Place): Promise<Refusal | undefined> {
    const { who, caller, proofs } = place
    while (place.isHeld && fits(failures.spent(who), proofs)) {
      if (fits(failures.spent(who) + caller.running, proofs)) {
        caller.running += proofs
        return undefined
      }
      await new Promise<void>((resolve) => {
        place.wake = resolve
        caller.waiting.push(place)
      })
    }
    return place.isHeld ? tooManyFailed : tooManyOverall
  }

  async function runInTurn<T>(place: Place, { verify, hasFailed }: ProofWork<T>): Promise<T | Refusal> {
    const { who, caller, proofs } = place
    const refusal = await turn(place)
    if (refusal) return refusal
    try {
      const result = await verify()
      if (hasFailed(result)) failures.spend(who, proofs)
      return result
    } finally {
      caller.running -= proofs
      for (const { wake } of caller.waiting.splice(0)) wake()
    }
  }

  return {
    waiting: room.held,
    async run(work) {
      if (work.proofs === 0) return work.verify()
      const place = room.take(work)
      if ('code' in place) return place
      try {
        return await runInTurn(place, work)
      } finally {
        room.release(place)
      }
    },
  }
}

/** Where proofs wait. If it is full, the newest that waits of whoever holds most gives way to who would hold less. */
function createRoom(limits: ProofLimits) {
  const callers = new Map<string, Caller>()
  let overall = 0

  /** Of those of whom something waits. */
  function whoHoldsMost(): Caller | undefined {
    const waiting = [...callers.values()].filter((caller) => caller.waiting.length > 0)
    return waiting.reduce<Caller | undefined>((a, b) => (a && a.held >= b.held ? a : b), undefined)
  }

  /** Why the proofs may not even wait. */
  function check(held: number, proofs: number): Refusal | undefined {
    if (held > 0 && held + proofs > limits.ofCaller) return tooManyOfCaller
    while (overall + proofs > limits.overall) if (!giveWay(held + proofs)) return tooManyOverall
    return undefined
  }

  /** Whether a place was left, by whoever holds more than that. */
  function giveWay(than: number): boolean {
    const most = whoHoldsMost()
    const place = most && most.held > than ? most.waiting.pop() : undefined
    if (!place) return false
    release(place)
    place.wake()
    return true
  }

  function release(place: Place): void {
    if (!place.isHeld) return
    place.isHeld = false
    overall -= place.proofs
    place.caller.held -= place.proofs
    if (place.caller.held === 0) callers.delete(place.who)
  }

  return {
    release,
    held: () => overall,
    take({ who, proofs }: { who: string; proofs: number }): Place | Refusal {
      const caller = callers.get(who) ?? { held: 0, running: 0, waiting: [] }
      const refusal = check(caller.held, proofs)
      if (refusal) return refusal
      overall += proofs
      caller.held += proofs
      callers.set(who, caller)
      return { who, caller, proofs, isHeld: true, wake: () => undefined }
    },
  }
}
