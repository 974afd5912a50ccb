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

type Caller = { held: number; running: number; readonly waiting: (() => void)[] }

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
  const callers = new Map<string, Caller>()
  let overall = 0

  const fits = (taken: number, proofs: number): boolean => taken === 0 || taken + proofs <= limits.failed

  /** Resolves when the proofs may be verified: false if so many have failed that they may not. */
  async function turn(who: string, caller: Caller, proofs: number): Promise<boolean> {
    while (fits(failures.spent(who), proofs)) {
      if (fits(failures.spent(who) + caller.running, proofs)) {
        caller.running += proofs
        return true
      }
      await new Promise<void>((resolve) => caller.waiting.push(resolve))
    }
    return false
  }

  async function runInTurn<T>(caller: Caller, { who, proofs, verify, hasFailed }: ProofWork<T>): Promise<T | Refusal> {
    if (!(await turn(who, caller, proofs))) return tooManyFailed
    try {
      const result = await verify()
      if (hasFailed(result)) failures.spend(who, proofs)
      return result
    } finally {
      caller.running -= proofs
      for (const wake of caller.waiting.splice(0)) wake()
    }
  }

  /** Why the proofs may not even wait. */
  function checkRoom(held: number, proofs: number): Refusal | undefined {
    if (held > 0 && held + proofs > limits.ofCaller) return tooManyOfCaller
    return overall + proofs > limits.overall ? tooManyOverall : undefined
  }

  function hold(who: string, caller: Caller, proofs: number): void {
    overall += proofs
    caller.held += proofs
    if (caller.held > 0) callers.set(who, caller)
    else callers.delete(who)
  }

  return {
    waiting: () => overall,
    async run(work) {
      const { who, proofs } = work
      if (proofs === 0) return work.verify()
      const caller = callers.get(who) ?? { held: 0, running: 0, waiting: [] }
      const refusal = checkRoom(caller.held, proofs)
      if (refusal) return refusal
      hold(who, caller, proofs)
      try {
        return await runInTurn(caller, work)
      } finally {
        hold(who, caller, -proofs)
      }
    },
  }
}
