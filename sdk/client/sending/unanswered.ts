import { equalBytes } from '../../crypto/index.ts'
import type { Content } from './first-letter.ts'

/**
 * Remembers what was published and not answered, so that sending the same content again repeats the very same message
 * instead of delivering it twice.
 */
export class Unanswered<Made> {
  #open: { content: Content; made: Made } | undefined

  /** Publishes what is made of some content: made anew, or what was made of it before. */
  async publish<Result>(
    content: Content,
    make: () => Made,
    publish: (made: Made) => Promise<Result>,
  ): Promise<{ made: Made; result: Result }> {
    const known = this.#open && equalBytes(this.#open.content.payload, content.payload) ? this.#open : undefined
    const { made } = known ?? { made: make() }
    this.#open = { content, made }
    const result = await publish(made)
    this.#open = undefined
    return { made, result }
  }
}
