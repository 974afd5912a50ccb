import { expect, test } from 'vitest'
import { measureNode } from '../../../service/node/measure.ts'
import { createMetrics } from '../../../service/node/metrics.ts'
import { countCheckpoints } from '../../../service/node/tell-checkpoints.ts'
import { checkpointOf } from '../../helpers/node.ts'

const at = Number(checkpointOf().issuedAt)

/** Lines of the metrics of one name: labels and value. */
const readLines = async ({ registry }: ReturnType<typeof createMetrics>, name: string): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => new RegExp(`^${name}(\\{| )`).test(line))

test('what is read when somebody asks is as it is at that moment', async () => {
  const metrics = createMetrics()
  let view: { latest: ReturnType<typeof checkpointOf> } | undefined
  let [waiting, parked] = [3, Promise.resolve({ count: 5, bytes: 700 })]
  measureNode(metrics.registry, {
    clock: () => at + 42,
    checkpoint: () => view as never,
    store: { waiting: () => waiting, parkedTotals: () => parked },
    proofs: { waiting: () => 2 },
    limited: { count: () => 4 },
  })
  const now = async () =>
    (
      await Promise.all(
        ['checkpoint_age_seconds', 'proofs_waiting', 'changes_waiting', 'limited_callers', 'parked'].map((name) =>
          readLines(metrics, `pennypost_${name}`),
        ),
      )
    ).flat()
  expect(await now()).toEqual([
    'pennypost_checkpoint_age_seconds -1',
    'pennypost_proofs_waiting 2',
    'pennypost_changes_waiting 3',
    'pennypost_limited_callers 4',
    'pennypost_parked{measure="count"} 5',
    'pennypost_parked{measure="bytes"} 700',
  ])
  view = { latest: checkpointOf() }
  waiting = 0
  parked = Promise.reject(new Error('the database is lost'))
  expect(await now()).toEqual([
    'pennypost_checkpoint_age_seconds 42',
    'pennypost_proofs_waiting 2',
    'pennypost_changes_waiting 0',
    'pennypost_limited_callers 4',
    'pennypost_parked{measure="count"} -1',
    'pennypost_parked{measure="bytes"} -1',
  ])
})

test('provers that are followed, lie or contradict each other are counted by their URLs', async () => {
  const metrics = createMetrics()
  const heard: { doubt?: (doubt: never) => void; asked?: (now: never, before: never) => void } = {}
  countCheckpoints(
    {
      onDoubt: (listener: unknown) => void Object.assign(heard, { doubt: listener }),
      onAsked: (listener: unknown) => void Object.assign(heard, { asked: listener }),
    } as never,
    metrics,
  )
  const asked = (url: string, ok: boolean, code?: string) => heard.asked?.({ url, ok, code } as never, {} as never)
  asked('http://a.test', true)
  asked('http://b.test', false, 'checkpoint.invalid')
  asked('http://b.test', false, 'checkpoint.invalid')
  asked('http://c.test', false, 'prover.unavailable')
  expect(await readLines(metrics, 'pennypost_prover_followed')).toEqual([
    'pennypost_prover_followed{prover="http://a.test"} 1',
    'pennypost_prover_followed{prover="http://b.test"} 0',
    'pennypost_prover_followed{prover="http://c.test"} 0',
  ])
  expect(await readLines(metrics, 'pennypost_invalid_checkpoints_total')).toEqual([
    'pennypost_invalid_checkpoints_total{prover="http://b.test"} 2',
  ])
  expect(await readLines(metrics, 'pennypost_signers_contradict')).toEqual(['pennypost_signers_contradict 0'])
  heard.doubt?.({} as never)
  expect(await readLines(metrics, 'pennypost_signers_contradict')).toEqual(['pennypost_signers_contradict 1'])
  heard.doubt?.(undefined as never)
  expect(await readLines(metrics, 'pennypost_signers_contradict')).toEqual(['pennypost_signers_contradict 0'])
})
