import { equalBytes } from '../../crypto/index.ts'
import type { Content } from './content.ts'

type Steps<Made, Result> = {
  readonly make: () => Made
  readonly publish: (made: Made) => Promise<Result>
  readonly signal?: AbortSignal | undefined
}

/**
 * Remembers what was published and not answered, so that sending the same content again repeats the very same message
 * instead of delivering it twice. Something else replaces it: what was called back never goes out with another message.
 */
export class Unanswered<Made> {
  #open: { content: Content; made: Made } | undefined

  /** Publishes what is made of some content: made anew, or what was made of it before. */
  async publish<Result>(
    content: Content,
    { make, publish, signal }: Steps<Made, Result>,
  ): Promise<{ made: Made; result: Result }> {
    signal?.throwIfAborted()
    const known = this.#open && equalBytes(this.#open.content.payload, content.payload) ? this.#open : undefined
    const { made } = known ?? { made: make() }
    this.#open = { content, made }
    const result = await publish(made)
    this.#open = undefined
    return { made, result }
  }
}
