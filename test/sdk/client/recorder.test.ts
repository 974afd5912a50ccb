import { describe, expect, test } from 'vitest'
import { createRecorder } from '../../../sdk/client/session/recorder.ts'
import type { LogEntryInit } from '../../../sdk/codec/index.ts'
import { LogEntryTooLongError } from '../../../sdk/letters/index.ts'
import { NodeUnavailableError } from '../../../sdk/transport/index.ts'

const entryOf = (recipient: string): LogEntryInit => ({ case: 'sent', value: { recipient } })

/** A log that is down for the first `failures` entries. */
function start(failures: number, error: Error = new NodeUnavailableError('It is down.')) {
  const [written, told]: [LogEntryInit[], string[]] = [[], []]
  let left = failures
  const append = async (entry: LogEntryInit) => {
    await Promise.resolve()
    if (left-- > 0) throw error
    written.push(entry)
    return true
  }
  const recorder = createRecorder({ log: { append }, tell: (event) => told.push(event.kind) })
  return { recorder, written, told }
}

describe('what was done is recorded', () => {
  test('at once where that works', async () => {
    const { recorder, written } = start(0)
    expect(await recorder.record(entryOf('a'))).toBe(true)
    expect(written).toEqual([entryOf('a')])
  })

  test('later where it does not, in order and once, however many ask', async () => {
    const { recorder, written, told } = start(1)
    expect(await recorder.record(entryOf('a'))).toBe(false)
    expect(told).toEqual(['degraded'])
    await Promise.all([recorder.record(entryOf('b')), recorder.catchUp(), recorder.catchUp()])
    expect(written).toEqual([entryOf('a'), entryOf('b')])
  })

  test('without what can never be', async () => {
    const { recorder, written } = start(1, new LogEntryTooLongError('It is too long.'))
    expect(await recorder.record(entryOf('long'))).toBe(false)
    expect(await recorder.record(entryOf('b'))).toBe(true)
    expect(written).toEqual([entryOf('b')])
  })

  test('and a fault of the program is no failure of the log', async () => {
    const { recorder } = start(1, new TypeError('A bug.'))
    await expect(recorder.record(entryOf('a'))).rejects.toThrow('A bug.')
  })
})
