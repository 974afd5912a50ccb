import { expect, test } from 'vitest'
import { createMetrics } from '../../../service/node/metrics.ts'
import { countCheckpoints, logCheckpoints } from '../../../service/node/tell-checkpoints.ts'

test('signers who contradict each other are an error in the log and one in the metrics, until they agree again', async () => {
  const listeners: ((doubt: string | undefined) => void)[] = []
  const heard = {
    onDoubt: (listener: (typeof listeners)[0]) => void listeners.push(listener),
    onAsked: () => undefined,
  }
  const told: string[] = []
  const log = (level: string) => (text: unknown) => void told.push(`${level}: ${text}`)
  const metrics = createMetrics()
  countCheckpoints(heard, metrics)
  logCheckpoints(heard, { info: log('info'), warn: log('warn'), error: log('error') })
  const counted: (number | undefined)[] = []
  for (const doubt of ['They contradict each other.', undefined]) {
    for (const listener of listeners) listener(doubt)
    counted.push((await metrics.doubts.get()).values[0]?.value)
  }
  expect(told).toEqual(['error: They contradict each other.', 'info: Signers agree again.'])
  expect(counted).toEqual([1, 0])
})
