import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { runStep, type Step } from '../../../scripts/ceremony/steps.ts'

let folder: string
let made: string[]

beforeEach(async () => {
  vi.spyOn(console, 'log').mockReturnValue()
  folder = await mkdtemp(join(tmpdir(), 'ceremony-'))
  made = []
  await writeFile(join(folder, 'input'), 'input')
})

afterEach(() => rm(folder, { recursive: true }))

describe('runStep', () => {
  test('makes a file once', async () => {
    const first = await runStep(step())
    const second = await runStep(step())
    expect(made).toEqual(['a step'])
    expect(second).toEqual(first)
    expect(first.hash).toBe('0102')
  })

  test('makes it again when an input changed', async () => {
    await runStep(step())
    await writeFile(join(folder, 'input'), 'another')
    await runStep(step())
    expect(made).toHaveLength(2)
    expect(await readFile(join(folder, 'output'), 'utf8')).toBe('made from another')
  })

  test('makes it again when the output was damaged', async () => {
    await runStep(step())
    await writeFile(join(folder, 'output'), 'damaged')
    await runStep(step())
    expect(await readFile(join(folder, 'output'), 'utf8')).toBe('made from input')
  })

  test('makes it again under another name: another contributor or beacon', async () => {
    await runStep(step())
    await runStep(step({ name: 'another step' }))
    expect(made).toEqual(['a step', 'another step'])
  })

  test('makes it again when the last run stopped in the middle', async () => {
    const stopped = step({ make: () => Promise.reject(new Error('stopped')) })
    await expect(runStep(stopped)).rejects.toThrow('stopped')
    await runStep(step())
    expect(made).toEqual(['a step'])
  })

  test('keeps nothing that does not verify', async () => {
    await expect(runStep(step({ verify: async () => false }))).rejects.toThrow('verification failed')
    await expect(readFile(join(folder, 'output'))).rejects.toThrow('ENOENT')
  })
})

function step(changed: Partial<Step> = {}): Step {
  const name = changed.name ?? 'a step'
  return {
    name,
    output: join(folder, 'output'),
    inputs: [join(folder, 'input')],
    make: async (to) => {
      made.push(name)
      await writeFile(to, `made from ${await readFile(join(folder, 'input'), 'utf8')}`)
      return new Uint8Array([1, 2])
    },
    ...changed,
  }
}
