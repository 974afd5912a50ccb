import { expect, test } from 'vitest'
import { createGroupCommit } from '../../../service/node/store/group-commit.ts'
import type { Database } from '../../../service/plugins/database/index.ts'

/** How many of the changes that wait together each transaction writes; each change has so many envelopes of so many bytes. */
async function batchesOf(
  changes: readonly { readonly envelopes: number; readonly bytes: number }[],
): Promise<number[]> {
  const [done, before] = [new Set<number>(), [] as number[]]
  const write: Database['write'] = async (statements) => {
    before.push(done.size)
    return statements.map(() => [])
  }
  const commit = createGroupCommit({ write } as Database, { last: 0n, onCommit: () => {} })
  const of = (bytes: number, i: number) => {
    const message = new Uint8Array(bytes)
    return { contentTopic: `/xmtp/0/m-${i}/proto`, timestampNs: 0n, message, digest: new Uint8Array(32) }
  }
  const written = changes.map(({ envelopes, bytes }, i) =>
    commit.write({ envelopes: Array.from({ length: envelopes }, () => of(bytes, i)) }).then(() => done.add(i)),
  )
  await Promise.all(written)
  return [...before.slice(1), done.size].map((count, i) => count - (before[i] ?? 0))
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

test.each([
  ['1,024 envelopes', times(3, { envelopes: 512, bytes: 1 }), [2, 1]],
  ['16 MiB', times(5, { envelopes: 1, bytes: 8 * 1024 * 1024 }), [2, 2, 1]],
  ['one change, however large that is', times(2, { envelopes: 3, bytes: 6 * 1024 * 1024 }), [1, 1]],
  ['all that waits, where that is little', times(100, { envelopes: 1, bytes: 100 }), [100]],
])('a transaction writes at most %s', async (_, changes, batches) => {
  expect(await batchesOf(changes)).toEqual(batches)
})
