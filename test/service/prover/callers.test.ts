import { expect, test } from 'vitest'
import { makeProver } from '../../helpers/prover-app.ts'

test('however many ask at once how a prover is, which no limit keeps from them, the store is asked once', async () => {
  let [asked, most] = [0, 0]
  const waiting: (() => void)[] = []
  const position = async () => {
    asked += 1
    most = Math.max(most, asked)
    await new Promise<void>((resolve) => waiting.push(resolve))
    asked -= 1
    return undefined
  }
  const app = await makeProver('empty', { position, blocks: async () => [] })
  const answers = Array.from({ length: 500 }, () => app.inject('/healthz'))
  await expect.poll(() => waiting.length, { interval: 1 }).toBeGreaterThan(0)
  await new Promise((resolve) => setTimeout(resolve, 50))
  for (const go of waiting) go()
  expect(new Set((await Promise.all(answers)).map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
  expect(most).toBe(1)
  const later = app.inject('/healthz')
  await expect.poll(() => asked, { interval: 1 }).toBe(1) // and again for who asks later
  waiting.at(-1)?.()
  expect((await later).statusCode).toBe(200)
  await app.close()
})

test.each([
  '/v1/leaves?tree=999999999999999',
  '/v1/leaves?tree=999999999999999&from=3',
  '/v1/nodes?tree=999999999999999',
  '/v1/operations?after=999999999999999',
  '/v1/checkpoints?after=999999999999999',
])('a caller who asks %s asks the store for no number that it cannot count to', async (url) => {
  const asked: number[] = []
  const app = await makeProver('signed', {
    signedAfter: async () => [],
    operations: async (_, { from }) => {
      asked.push(from)
      return []
    },
    nodes: async (_, tree) => {
      asked.push(tree)
      return []
    },
    leaves: async (_, { from }) => ({ size: asked.push(from), leaves: [] }),
  })
  expect((await app.inject(url)).statusCode).toBe(200)
  expect(asked.every(Number.isSafeInteger)).toBe(true)
  await app.close()
})
