import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { isRecipient, recipientLeafOf } from '../../../sdk/crypto/index.ts'
import { buildPaymentTree, type PaymentRecipient } from '../../../sdk/payments/index.ts'

const bytes = (length: number, index: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (index >> (8 * (i % 3))) & 0xff)
const recipientsOf = (count: number): PaymentRecipient[] =>
  Array.from({ length: count }, (_, i) => ({ recipient: bytes(20, i), use: bytes(32, i + 7) }))
const seed = new Uint8Array(32).fill(7)

describe('the tree of a payment', () => {
  prop.prop([fc.integer({ min: 1, max: 70 })], { numRuns: 40 })(
    'opens the place of each recipient, and of no other',
    async (count) => {
      const recipients = recipientsOf(count)
      const tree = await buildPaymentTree(recipients, { seed })
      for (const [i, recipient] of recipients.entries()) {
        const { index, salt, siblings } = tree.opening(i)
        const leaf = recipientLeafOf({ ...recipient, salt })
        expect(isRecipient(leaf, { index, count, siblings, root: tree.root })).toBe(true)
        if (count > 1)
          expect(isRecipient(leaf, { index: (i + 1) % count, count, siblings, root: tree.root })).toBe(false)
      }
      expect(() => tree.opening(count)).toThrow('no recipient')
    },
  )

  test('is the same again from the seed and the list, and another from another seed', async () => {
    const [a, b, c] = await Promise.all(
      [seed, seed, new Uint8Array(32).fill(8)].map((from) => buildPaymentTree(recipientsOf(5), { seed: from })),
    )
    expect(b?.root).toEqual(a?.root)
    expect(c?.root).not.toEqual(a?.root)
    expect(a?.opening(3).salt).not.toEqual(a?.opening(4).salt)
  })

  test('takes 100,000 recipients within seconds, and tells how far it is', async () => {
    const done: number[] = []
    const start = performance.now()
    const tree = await buildPaymentTree(recipientsOf(100_000), { seed, onProgress: (event) => done.push(event.done) })
    expect(performance.now() - start).toBeLessThan(30_000)
    expect(done.at(-1)).toBe(100_000)
    expect(done.length).toBeGreaterThan(10)
    expect(tree.opening(99_999).siblings).toHaveLength(17)
  })

  test('ends when told to, and takes no seed or number that it cannot', async () => {
    const controller = new AbortController()
    const building = buildPaymentTree(recipientsOf(50_000), { seed, signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(building).rejects.toThrow('enough')
    await expect(buildPaymentTree([], { seed })).rejects.toThrow('1 to')
    await expect(buildPaymentTree(recipientsOf(1), { seed: seed.subarray(1) })).rejects.toThrow('32 bytes')
  })
})
