import { afterEach, expect, test, vi } from 'vitest'
import {
  checkpointOf,
  followed,
  makeNode,
  proverFetch,
  signCheckpoint,
  signer,
  type TestNode,
} from '../../helpers/node.ts'

let node: TestNode | undefined
afterEach(async () => {
  await node?.close()
  node = undefined
})

const ask = async (url: string) => {
  const { statusCode, payload } = await node!.app.inject({ method: 'GET', url })
  return { status: statusCode, payload }
}
const missing = async () => {
  const { status, payload } = await ask('/readyz')
  return [status, JSON.parse(payload).missing]
}
const ageOf = async () =>
  Number((await ask('/metrics')).payload.match(/^pennypost_checkpoint_age_seconds (\S+)$/m)?.[1])
const day = 86_400

test('a node that follows nobody is ready at once, and knows no checkpoint', async () => {
  node = await makeNode()
  expect([await missing(), await ageOf()]).toEqual([[200, []], -1])
})

test('one that follows provers is ready while its newest checkpoint is of the last day', async () => {
  const first = checkpointOf()
  const start = Number(first.issuedAt)
  let [now, served] = [start + 10, [] as string[]]
  const config = { ...followed, provers: ['http://a.test'], signers: [signer.address] }
  node = await makeNode(config, { fetch: (url, init) => proverFetch(served)(url, init), clock: () => now })
  await node.checkpoints.poll()
  expect([await missing(), await ageOf()]).toEqual([[503, ['checkpoint.missing']], -1])
  served = [await signCheckpoint(first)]
  await node.checkpoints.poll()
  expect([await missing(), await ageOf()]).toEqual([[200, []], 10])
  now = start + day
  expect(await missing()).toEqual([200, []])
  now = start + day + 1
  expect([await missing(), await ageOf()]).toEqual([[503, ['checkpoint.stale']], day + 1])
  expect((await ask('/healthz')).status).toBe(200)
})

test('the metrics say how much memory the process takes', async () => {
  node = await makeNode()
  const [, bytes] = (await ask('/metrics')).payload.match(/^process_resident_memory_bytes (\d+)$/m) ?? []
  expect(Number(bytes)).toBeGreaterThan(50_000_000)
})

test('a node whose store does not answer says so after five seconds, and is not waited for', async () => {
  node = await makeNode()
  const never = () => new Promise<never>(() => undefined)
  vi.spyOn(node.deps.store, 'ping').mockImplementation(never)
  vi.spyOn(node.deps.store, 'probe').mockImplementation(never)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const answers = Promise.all(['/healthz', '/readyz'].map(ask))
  await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThanOrEqual(2))
  await vi.advanceTimersByTimeAsync(5_000)
  expect((await answers).map(({ status }) => status)).toEqual([503, 503])
  vi.useRealTimers()
})
