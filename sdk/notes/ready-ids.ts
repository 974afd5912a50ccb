/** Message ids of one block that was taken, or is being taken, and that nobody has drawn. */
export type ReadyBlock = {
  readonly noteId: string
  /** Of the note, in unix seconds. */
  readonly expiry: number
  readonly block: number
  readonly ids: readonly number[]
  /** Of the claim to the block, where claims have names. */
  readonly name?: string | undefined
  /** Whether the claim has succeeded. */
  readonly isTaken: boolean
}

export type Change<T> = { readonly blocks: readonly ReadyBlock[]; readonly answer: T }

/** Where message ids wait that were taken ahead; where runs of a program share it, the next one goes on with them. */
export type ReadyIds = {
  /**
   * Puts other blocks in the place of those that wait, in one step that no other run comes between; `step` is pure. Undefined
   * where that could not be kept: then nothing that it took out may be used.
   */
  change<T>(step: (blocks: readonly ReadyBlock[]) => Change<T>): Promise<T | undefined>
}

/** Ids of this run alone. */
export function createReadyIds(): ReadyIds {
  let waiting: readonly ReadyBlock[] = []
  return {
    async change(step) {
      const { blocks, answer } = step(waiting)
      waiting = blocks
      return answer
    },
  }
}

/** What still waits when some ids were drawn, or their notes have expired. `now` in unix seconds. */
export const withoutIds = (
  blocks: readonly ReadyBlock[],
  drawn: ReadonlySet<string>,
  now: number,
): readonly ReadyBlock[] =>
  blocks
    .map((block) => ({ ...block, ids: block.ids.filter((messageId) => !drawn.has(nameOfId(block, messageId))) }))
    .filter(({ ids, expiry }) => ids.length > 0 && expiry > now)

export const nameOfId = ({ noteId }: Pick<ReadyBlock, 'noteId'>, messageId: number): string => `${noteId} ${messageId}`
