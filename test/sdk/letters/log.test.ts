import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { parseTopic } from '../../../sdk/codec/index.ts'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import { AccountLog, deriveLogSlot, letterSizes, openEntry, sealEntry } from '../../../sdk/letters/index.ts'
import { createMemoryLog } from '../../helpers/memory-log.ts'

const identitySecret = new Uint8Array(32).fill(7)
const block = (first: number) => ({
  case: 'block' as const,
  value: { commitment: new Uint8Array(32), first, count: 1 },
})
const firsts = (log: AccountLog) => log.all('block').map(({ first }) => first)

describe('deriveLogSlot', () => {
  test('gives each entry a topic of its own, which only its key may write', () => {
    const topics = Array.from({ length: 50 }, (_, i) => deriveLogSlot(identitySecret, i).topic)
    expect(new Set(topics).size).toBe(50)
    expect(parseTopic(topics[0]!)).toMatchObject({ kind: 'letters' })
    expect(deriveLogSlot(new Uint8Array(32), 0).topic).not.toBe(topics[0])
  })
})

describe('an entry', () => {
  const slot = deriveLogSlot(identitySecret, 0)

  prop.prop([fc.nat(100_000)], { numRuns: 30 })('comes back as it was, in one of a few sizes', (length) => {
    const value = { invitation: new Uint8Array(length).fill(1), recipient: '0x', message: new Uint8Array() }
    const sealed = sealEntry({ case: 'sent', value }, slot, randomBytes)
    expect([...letterSizes, 131_072]).toContain(sealed.length)
    expect(openEntry(sealed, slot)).toMatchObject({ case: 'sent', value })
  })

  test('opens at no other place', () => {
    const sealed = sealEntry(block(1), slot, randomBytes)
    expect(openEntry(sealed, deriveLogSlot(identitySecret, 1))).toBeUndefined()
  })

  prop.prop([fc.uint8Array({ maxLength: 2000 })])('is nothing where bytes are none', (bytes) => {
    expect(openEntry(bytes, slot)).toBeUndefined()
  })

  test('beyond the largest size is refused', () => {
    const value = { invitation: new Uint8Array(140_000) }
    const code = 'log.entry-too-long'
    expect(() => sealEntry({ case: 'sent', value }, slot, randomBytes)).toThrow(expect.objectContaining({ code }))
  })
})

describe('AccountLog', () => {
  const open = (memory = createMemoryLog()) => ({
    memory,
    log: new AccountLog({ identitySecret, transport: memory.transport, random: randomBytes }),
  })

  test('is read back whole by another client of the account', async () => {
    const { memory, log } = open()
    for (let i = 0; i < 40; i++) expect(await log.append(block(i))).toBe(true)
    const other = open(memory).log
    await other.sync()
    expect(firsts(other)).toEqual(Array.from({ length: 40 }, (_, i) => i))
    expect(other.length).toBe(40)
    expect(other.foreign('block')).toHaveLength(40)
    expect(log.foreign('block')).toEqual([])
  })

  test('keeps what two clients write at one place, and tells both', async () => {
    const { memory, log } = open()
    const other = open(memory).log
    expect(await log.append(block(1))).toBe(true)
    expect(await other.append(block(2))).toBe(false)
    expect(firsts(other)).toEqual([1, 2])
    expect(await log.append(block(3))).toBe(true)
    const third = open(memory).log
    await third.sync()
    expect(firsts(third).toSorted()).toEqual([1, 2, 3])
  })

  test('never has two clients alone at one place, however their steps interleave', async () => {
    for (let run = 0; run < 20; run++) {
      const memory = createMemoryLog({ delay: () => Math.random() * 3 })
      const logs = [1, 2, 3].map(() => open(memory).log)
      const alone = await Promise.all(logs.map((log, i) => log.append(block(i))))
      expect(alone.filter(Boolean).length).toBeLessThanOrEqual(1)
    }
  })

  test('counts its own attempt whose answer was lost as its own', async () => {
    const { memory, log } = open()
    memory.loseAnswers(1)
    await expect(log.append(block(1))).rejects.toThrow('lost')
    expect(await log.append(block(1))).toBe(true)
    expect(log.foreign('block')).toEqual([])
  })

  test('is not made endless, nor held up, by a node that puts noise everywhere', async () => {
    const noisy = createMemoryLog()
    const { read } = noisy.transport
    noisy.transport.read = async (topics) => (await read(topics)).map((messages) => [randomBytes(100), ...messages])
    const { log } = open(noisy)
    await log.sync()
    expect(log.length).toBe(0)
    expect(await log.append(block(1))).toBe(true)
    expect(firsts(log)).toEqual([1])
  })

  test('asks for no place twice while it writes', async () => {
    const { memory, log } = open()
    await log.sync()
    memory.reads.length = 0
    for (let i = 0; i < 3; i++) await log.append(block(i))
    const asked = memory.reads.flat()
    expect(new Set(asked).size).toBe(asked.length)
  })
})
