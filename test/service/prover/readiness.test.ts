import { expect, test } from 'vitest'
import { encodeCheckpoint } from '../../../sdk/codec/index.ts'
import type { Progress } from '../../../service/prover/follower.ts'
import { createMetrics, measureCheckpoint, measureProgress } from '../../../service/prover/metrics.ts'
import { findUnready } from '../../../service/prover/readiness.ts'
import { tellEndpoints } from '../../../service/prover/tell-endpoints.ts'
import { checkpointOf } from '../../helpers/node.ts'

const now = 1_000_000
const well: Progress = { head: 10n, wellAt: now - 60, fault: undefined }
const fault = { code: 'log.shrunk', message: '' }

/** A store whose newest checkpoint is so old, and is made as often as the terms say. */
const storeOf = (age: number | undefined, checkpointSeconds = 0) => ({
  probe: async () => undefined,
  newestSigned: async () =>
    age === undefined
      ? undefined
      : ({ checkpoint: encodeCheckpoint(checkpointOf({ issuedAt: BigInt(now - age), checkpointSeconds })) } as never),
})
const asked = { progress: well, now, pollMs: 1_000, signing: 'on' } as const
type Asked = Parameters<typeof findUnready>[0]

test.each<[string, Partial<Asked>, string[]]>([
  ['that follows the chain and has signed is ready', {}, []],
  ['whose checkpoint is an hour old still is', { store: storeOf(3_600) }, []],
  ['whose checkpoint is older is not', { store: storeOf(3_601) }, ['checkpoint.stale']],
  ['whose terms ask for few checkpoints has longer', { store: storeOf(21_600, 7_200) }, []],
  ['but not for ever', { store: storeOf(21_601, 7_200) }, ['checkpoint.stale']],
  ['that has signed nothing is not', { store: storeOf(undefined) }, ['checkpoint.missing']],
  ['that signs nothing needs none', { store: storeOf(undefined), signing: 'off' }, []],
  ['that cannot go on says why', { progress: { ...well, fault } }, ['log.shrunk']],
  ['that has not come to an end of a look for a minute has lost the chain', { now: now + 1 }, ['chain.unavailable']],
  ['that looks seldom may take three looks', { now: now + 120, pollMs: 60_000 }, []],
  ['that has just started has no chain yet', { progress: { ...well, wellAt: undefined } }, ['chain.unavailable']],
  [
    'whose database does not write is not ready for that alone',
    { store: { ...storeOf(0), probe: () => Promise.reject(new Error('read-only')) } },
    ['store.unavailable'],
  ],
])('a prover %s', async (_, changes, missing) => {
  expect(await findUnready({ store: storeOf(0), ...asked, ...changes })).toEqual(missing)
})

test('the metrics say when all was well, which endpoints answer, and how old the checkpoint is', async () => {
  const { registry } = createMetrics()
  let state: Progress = { ...well, wellAt: undefined }
  let time = now
  measureProgress(registry, { progress: () => state, clock: () => time })
  measureCheckpoint(registry, { store: storeOf(40), clock: () => time })
  const readValue = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value
  expect(await readValue('pennypost_seconds_since_well')).toBe(-1)
  state = well
  expect(await readValue('pennypost_seconds_since_well')).toBe(60)
  time += 5
  expect(await readValue('pennypost_seconds_since_well')).toBe(65)
  expect(await readValue('pennypost_checkpoint_age_seconds')).toBe(45)

  const metrics = createMetrics()
  const log = { info: () => undefined, error: () => undefined } as never
  let tell: (name: string, fault: unknown) => void = () => expect.fail('nobody listens')
  const names = ['http://a.test', 'http://b.test']
  const listen = (listener: typeof tell) => {
    tell = listener
  }
  tellEndpoints({ names, listen }, log, metrics)
  const answering = async () => (await metrics.endpoints.get()).values.map(({ value }) => value)
  expect(await answering()).toEqual([1, 1])
  tell('http://a.test', new Error('down'))
  expect(await answering()).toEqual([0, 1])
  tell('http://a.test', undefined)
  expect(await answering()).toEqual([1, 1])
})
