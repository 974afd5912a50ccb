import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { askSecret } from '../../../service/cli/ask-secret.ts'
import { showJson, showText } from '../../../service/cli/print.ts'
import { createProgress } from '../../../service/cli/progress.ts'

// What a terminal is shown, and what not.

const never = new AbortController().signal

/** A keyboard, or with `isTTY` off a pipe. */
function keyboard(isTTY: boolean) {
  const raw: boolean[] = []
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode: (on: boolean) => raw.push(on) })
  return { raw, input: input as unknown as NodeJS.ReadStream & PassThrough }
}

/** What was written to a stream so far. */
function screen(isTTY = true) {
  const shown: string[] = []
  return { shown, isTTY, write: (text: string) => shown.push(text) }
}

describe('a secret', () => {
  test('that is typed is not shown', async () => {
    const { input, raw } = keyboard(true)
    const output = new PassThrough()
    const asked = askSecret('Password: ', { input, output, signal: never })
    for (const letter of 'over the hedge\r') input.write(letter)
    expect(await asked).toBe('over the hedge')
    expect(output.read().toString()).toBe('Password: \n')
    expect(raw).toEqual([true, false]) // the terminal echoes again afterwards
  })

  test('that comes through a pipe is its first line, and nothing is asked', async () => {
    const { input } = keyboard(false)
    const output = new PassThrough()
    input.end('one\ntwo\n')
    expect(await askSecret('Password: ', { input, output, signal: never })).toBe('one')
    expect(output.read()).toBeNull()
  })

  test('is undefined where nobody says one', async () => {
    const { input } = keyboard(false)
    input.end()
    expect(await askSecret('Password: ', { input, output: new PassThrough(), signal: never })).toBeUndefined()
  })

  test('is waited for no longer than the command lasts', async () => {
    const ending = new AbortController()
    const asked = askSecret('Password: ', {
      input: keyboard(true).input,
      output: new PassThrough(),
      signal: ending.signal,
    })
    ending.abort(new Error('over'))
    await expect(asked).rejects.toThrow()
  })
})

describe("somebody else's text", () => {
  const hostile = [
    ['moves the cursor', '\u001b[2J\u001b[Hgm'],
    ['sets the title', '\u001b]0;root\u0007'],
    ['obeys 8-bit controls', '\u009b2J'],
    ['rewrites its line', 'gm\rDelivered'],
    ['turns its direction', '\u202eevil\u2066'],
    ['erases', 'gm\b\b\u007f'],
  ] as const

  test.each(hostile)('that %s is shown as text', (_, text) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that must not be there
    const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
    expect(showText(text)).not.toMatch(obeyed)
    expect(showJson({ text })).not.toMatch(obeyed)
    expect(JSON.parse(showJson({ text }))).toEqual({ text })
  })

  test('that pretends to be a message of somebody else is indented', () => {
    const forged = '2026-01-01 00:00:00 UTC 0x937C0d4a6294cdfa575de17382c7076b579DC176'
    expect(showText(`gm\n${forged}\r\nsend money`)).toBe(`gm\n    ${forged}\n    send money`)
  })

  test('keeps its letters, in any script', () => {
    expect(showText('שלום 👩‍👩‍👧 ñ\tgm')).toBe('שלום 👩‍👩‍👧 ñ\tgm')
  })
})

describe('progress', () => {
  const working = (tried: number) => ({ kind: 'working', tried, expected: 100, secondsLeft: 9 }) as const

  test('comes at most four times a second', () => {
    const line = screen()
    let ms = 0
    const { tell } = createProgress(line, () => ms)
    for (; ms < 1000; ms++) tell(working(ms / 10))
    expect(line.shown).toHaveLength(4)
    expect(line.shown[2]).toContain('works for a request, 50 %')
  })

  test('is only for terminals', () => {
    const line = screen(false)
    const progress = createProgress(line)
    progress.tell(working(1))
    progress.clear()
    expect(line.shown).toEqual([])
  })

  test('makes room for what is said for good, once', () => {
    const line = screen()
    const progress = createProgress(line)
    progress.clear()
    progress.tell(working(1))
    progress.clear()
    progress.clear()
    expect(line.shown.map((text) => text.startsWith('\r\u001b[K'))).toEqual([true, true])
    expect(line.shown[1]).toBe('\r\u001b[K')
  })
})
