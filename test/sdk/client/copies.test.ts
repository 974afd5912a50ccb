import { describe, expect, test } from 'vitest'
import { createCopies } from '../../../sdk/client/session/copies.ts'
import { defaultPrivacy } from '../../../sdk/client/session/options.ts'
import type { LogEntryInit } from '../../../sdk/codec/index.ts'
import { LogEntryTooLongError, pageSize } from '../../../sdk/log/index.ts'
import { NodeUnavailableError } from '../../../sdk/transport/index.ts'
import { createMemoryLog, openLog } from '../../helpers/memory-log.ts'

const entryOf = (recipient: string): LogEntryInit => ({ case: 'sent', value: { recipient } })

type Setting = { copySeconds?: number; error?: Error; isLasting?: boolean }

const now = 1_750_000_000

/** A log whose topic is down for the first `failures` writes. */
function start(failures: number, { copySeconds = 0, error, isLasting = true }: Setting = {}) {
  const memory = createMemoryLog()
  const { write } = memory.transport
  const told: string[] = []
  const wakes: (() => void)[] = []
  const slept: number[] = []
  let left = failures
  memory.transport.write = async (page) => {
    if (left-- > 0) throw error ?? new NodeUnavailableError('It is down.')
    await write(page)
  }
  const log = openLog(memory)
  const copies = createCopies({
    log,
    privacy: { ...defaultPrivacy, copySeconds },
    storage: { isLasting },
    clock: { seconds: () => now },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        slept.push(Math.round(ms / 1000))
        wakes.push(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason))
      }),
    random: (length) => new Uint8Array(length).fill(128, length - 1), // each wait is ln 2 of its mean
    tell: (event) => told.push(event.kind === 'degraded' ? event.code : event.kind),
  })
  const written = async () => {
    const other = openLog(memory)
    await other.sync()
    return other.all('sent').map(({ recipient }) => recipient)
  }
  return { copies, log, memory, told, written, wakes, slept }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 20))

describe('copies that go at once', () => {
  test('are in the log when they are kept', async () => {
    const { copies, written } = start(0)
    expect(await copies.keep(entryOf('a'))).toBe(true)
    expect(await written()).toEqual(['a'])
  })

  test('go later where that does not work, in order and once, however many ask', async () => {
    const { copies, written, told } = start(1)
    expect(await copies.keep(entryOf('a'))).toBe(false)
    expect(told).toEqual(['node.unavailable'])
    await Promise.all([copies.keep(entryOf('b')), copies.catchUp(), copies.catchUp()])
    expect(await written()).toEqual(['a', 'b'])
  })

  test('leave out what can never be written', async () => {
    const { copies, written } = start(0)
    const long: LogEntryInit = { case: 'sent', value: { invitation: new Uint8Array(140_000) } }
    expect(await copies.keep(long)).toBe(false)
    expect(await copies.keep(entryOf('b'))).toBe(true)
    expect(await written()).toEqual(['b'])
    expect(new LogEntryTooLongError('x').code).toBe('log.entry-too-long')
  })

  test('do not hide a fault of the program', async () => {
    const { copies } = start(1, { error: new TypeError('A bug.') })
    await expect(copies.keep(entryOf('a'))).rejects.toThrow('A bug.')
  })
})

describe('copies that go at their own times', () => {
  test('change nothing of when a page is written, and how long it is', async () => {
    const { copies, memory, wakes, written } = start(0, { copySeconds: 600 })
    wakes.shift()?.()
    await settle()
    expect(memory.pages.map(({ message }) => message.length)).toEqual([pageSize])

    await copies.keep(entryOf('a'))
    await copies.keep(entryOf('b'))
    await settle()
    expect(memory.pages).toHaveLength(1)
    expect(await written()).toEqual([])

    wakes.shift()?.()
    await settle()
    expect(memory.pages.map(({ message }) => message.length)).toEqual([pageSize, pageSize])
    expect(await written()).toEqual(['a', 'b'])
  })

  test('let follow what needs a page a random while after it, and tell how long that is', async () => {
    const { copies, memory, wakes } = start(0, { copySeconds: 600 })
    const steps: (number | string)[] = []
    const following = copies.awaitPage((seconds) => steps.push(seconds)).then(() => steps.push('followed'))
    const ended = copies.awaitPage(() => undefined, AbortSignal.abort(new Error('called back')))
    await expect(ended).rejects.toThrow('called back')
    await settle()
    expect([memory.pages.length, steps]).toEqual([0, [1200]])
    wakes.shift()?.()
    await settle()
    expect([memory.pages.length, steps]).toEqual([1, [1200]])
    for (const wake of wakes.splice(0)) wake()
    await following
    expect(steps).toEqual([1200, 'followed'])

    const last = copies.awaitPage(() => undefined)
    copies.end()
    await expect(last).rejects.toThrow()
  })

  test.each([
    [30, 30],
    [600, 60],
    [3600, 60],
  ])('come every %i seconds, and every %i for who has stamps and no storage that lasts', async (copySeconds, soon) => {
    for (const isLasting of [true, false]) {
      const { copies, log, wakes, slept } = start(0, { copySeconds, isLasting })
      for (const expiry of [now, now + 1]) {
        await log.keep({ case: 'book', value: { expiry: BigInt(expiry) } })
        wakes.shift()?.()
        await settle()
      }
      const mean = isLasting ? copySeconds : soon
      expect(slept).toEqual([copySeconds, copySeconds, mean].map((seconds) => Math.round(seconds * Math.LN2)))
      const told: number[] = []
      void copies.awaitPage((seconds) => told.push(seconds)).catch(() => undefined)
      wakes.shift()?.()
      await settle()
      expect([told, slept.at(-1)]).toEqual([[2 * mean], Math.round(mean * Math.LN2)])
      copies.end()
    }
  })

  test('have their page where what else writes fails, and that is told', async () => {
    const { copies, told, wakes, written } = start(0, { copySeconds: 600 })
    copies.beforePage(() => Promise.reject(new NodeUnavailableError('It is down.')))
    await copies.keep(entryOf('a'))
    wakes.shift()?.()
    await settle()
    expect(await written()).toEqual(['a'])
    expect(told).toEqual(['node.unavailable'])
  })

  test('go on after a fault of the program, which is told and raised to nobody', async () => {
    const { memory, told, wakes } = start(1, { copySeconds: 600, error: new TypeError('A bug.') })
    wakes.shift()?.()
    await settle()
    expect(told).toEqual(['log.late'])
    wakes.shift()?.()
    await settle()
    expect(memory.pages).toHaveLength(1)
  })

  test('end with one page, whether there is something to write or not', async () => {
    for (const entries of [[], ['a']]) {
      const { copies, memory, written } = start(0, { copySeconds: 600 })
      for (const entry of entries) await copies.keep(entryOf(entry))
      await copies.close()
      await copies.close()
      expect(memory.pages).toHaveLength(1)
      expect(await written()).toEqual(entries)
    }
  })
})
