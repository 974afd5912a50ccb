import { orAborted } from '../../async.ts'
import { BaseError } from '../../errors.ts'
import { type StepOptions, type Tell, tellBoth } from '../session/events.ts'

/** Does what follows something on the chain: that is done by now, so what fails from here on is told, and no failure of it. */
export async function afterwards(
  told: { readonly tell: Tell },
  step: StepOptions,
  follow: (step: StepOptions) => Promise<unknown>,
): Promise<void> {
  try {
    await orAborted(follow(step), step.signal)
  } catch (error) {
    const code = error instanceof BaseError ? error.code : 'call.ended'
    tellBoth(told, step, { kind: 'degraded', code })
  }
}
