import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createPrepared } from '../../../sdk/client/sending/prepared.ts'
import { randomBytes } from '../../../sdk/crypto/index.ts'

/** What is opened ahead at a node that answers so, by a client that lets its letters wait. */
function start(openLane: () => Promise<unknown>) {
  const closing = new AbortController()
  const wakes: (() => void)[] = []
  const sleep = (_: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      wakes.push(resolve)
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
  const network = { id: new Uint8Array(32), nodeKey: new Uint8Array(32), floor: { kind: 'everyone' } }
  const session = {
    network,
    privacy: { copySeconds: 0, joinSeconds: 0, answerSeconds: 0, prepareSeconds: 600, waitSeconds: 1 },
    clock: { seconds: () => 1_750_000_000 },
    sleep,
    random: randomBytes,
    signal: closing.signal,
    tell: () => undefined,
  }
  const edges = { anonymous: { openLane }, network }
  const prepared = createPrepared({ session, edges, awake: Promise.resolve() } as never)
  return { prepared, closing, wakes }
}

const outcomeOf = (promise: Promise<unknown>) =>
  Promise.race([promise.catch((error: Error) => error.message), pause(500, 'goes on')])

test('a letter that waits for a conversation ends with the client, and with its own signal', async () => {
  for (const own of [new AbortController(), undefined]) {
    const { prepared, closing } = start(() => new Promise(() => undefined))
    const taken = prepared.take(own?.signal ?? new AbortController().signal)
    const ending = own ?? closing
    ending.abort(new Error('over'))
    expect(await outcomeOf(taken)).toBe('over')
  }
})

test('a letter that waits goes without a conversation where the node refuses to open one', async () => {
  const { prepared, wakes } = start(async () => ({ ok: false, code: 'policy.refused', message: 'no', missing: [] }))
  const taken = prepared.take()
  await pause(0)
  for (let turn = 0; turn < 3; turn++) {
    for (const wake of wakes.splice(0)) wake()
    await pause(10)
  }
  expect(await outcomeOf(taken)).toBeUndefined()
})
