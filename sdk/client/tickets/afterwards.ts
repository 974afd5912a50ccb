import { joinSignals, orAborted } from '../../async.ts'
import { BaseError } from '../../errors.ts'
import { type StepOptions, type Tell, tellBoth } from '../session/events.ts'

/** What is answered for a note that is on the chain. */
export type Usable = {
  /** Whether tickets can be made of it now. Where not, a checkpoint has still to name it: the client finds it by itself. */
  readonly isUsable: boolean
}

/** So long a checkpoint is waited for. */
const patienceMs = 60_000

/**
 * Does what follows something on the chain: that is done by now, so what fails from here on, or takes too long, is told, and
 * no failure of it. Answers whether all of it was done.
 */
export async function afterwards(
  told: { readonly tell: Tell },
  step: StepOptions,
  follow: (step: StepOptions) => Promise<unknown>,
): Promise<boolean> {
  const { signal, release } = joinSignals([step.signal], { afterMs: patienceMs })
  try {
    await orAborted(follow({ ...step, signal }), signal)
    return true
  } catch (error) {
    const code = error instanceof BaseError ? error.code : 'call.ended'
    tellBoth(told, step, { kind: 'degraded', code })
    return false
  } finally {
    release()
  }
}
