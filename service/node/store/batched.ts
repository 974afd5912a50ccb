import type { Database, Row } from '../../plugins/database/index.ts'

/** A read for many keys: the columns of the keys go into arrays; each row says in `at` which key, from 1, it is for. */
export type BatchedRead<K, V> = {
  readonly name: string
  readonly text: string
  readonly values: (keys: readonly K[]) => readonly unknown[][]
  /** What the rows of one key come to. */
  readonly take: (rows: Row[]) => V
}

/**
 * Answers single questions, of which those asked at the same moment share one read: what a request of a thousand envelopes
 * has to know costs little more than what a request of one has. Each key is looked up for itself ("lateral … limit"): a
 * plan is made while the tables are small, when reading all of them looks cheaper, and is kept as they grow.
 */
export function batched<K, V>(database: Database, { name, text, values, take }: BatchedRead<K, V>) {
  let waiting: K[] = []
  let next: Promise<Row[][]> | undefined

  async function readWaiting(): Promise<Row[][]> {
    await undefined // until everything that is asked now is asked
    const keys = waiting
    waiting = []
    next = undefined
    const lists: Row[][] = keys.map(() => [])
    for (const row of await database.read({ name, text, values: values(keys) })) lists[Number(row.at) - 1]?.push(row)
    return lists
  }

  return async (key: K): Promise<V> => {
    const at = waiting.push(key) - 1
    next ??= readWaiting()
    return take((await next)[at] ?? [])
  }
}
