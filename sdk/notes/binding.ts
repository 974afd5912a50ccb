import { BaseError } from '../errors.ts'

/**
 * Remembers, for one run of the process, the one `x` that each use of a note was first shown with. Two different `x` of
 * one use reveal the note's secret; a node that says "policy changed" or "again, please" is asking for the second.
 */
export class Bindings {
  readonly #bound = new Map<string, bigint>()

  /** Binds a use to `x` for good; throws {@link SecondUseError} where it is bound to another. */
  bind(use: string, x: bigint): void {
    const first = this.#bound.get(use)
    if (first !== undefined && first !== x) {
      throw new SecondUseError('This use of the note was already proved for another lane.', {
        hint: 'Show the first proof again, or use another message id.',
      })
    }
    this.#bound.set(use, x)
  }
}

/** A second, different use of what may be used once. */
export class SecondUseError extends BaseError {
  override readonly code = 'note.second-use'
}
