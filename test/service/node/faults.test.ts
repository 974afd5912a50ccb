import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import type { NodeGroth16 } from '../../../service/node/groth16.ts'
import { sendError } from '../../../service/node/wire/refusals.ts'
import { forBoth } from '../../helpers/groth16.ts'
import { makeNode } from '../../helpers/node.ts'

test('what nobody foresaw is logged with its message and its stack, and told to nobody', async () => {
  const lines: string[] = []
  const app = fastify({ logger: { stream: { write: (line: string) => void lines.push(line) } } })
  app.decorateRequest('refusedAs', undefined)
  app.setErrorHandler(sendError)
  for (const path of ['/v1/fault', '/message/v1/fault']) {
    app.get(path, () => {
      throw new TypeError('what nobody foresaw')
    })
  }
  const { statusCode, body } = await app.inject('/v1/fault')
  expect([statusCode, JSON.parse(body).code]).toEqual([500, 'server.failed'])
  expect(body).not.toContain('foresaw')
  const [logged] = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 50)
  expect(logged.err).toMatchObject({ type: 'TypeError', message: 'what nobody foresaw' })
  expect(logged.err.stack).toContain('faults.test.ts')
  const v2 = await app.inject('/message/v1/fault')
  expect([v2.statusCode, JSON.parse(v2.body).code]).toEqual([500, 13])
  await app.close()
})

test('a node that is closed lets go of its verifier', async () => {
  let closed = 0
  const groth16: NodeGroth16 = { ...forBoth({ verify: async () => [] }), close: () => void closed++ }
  const node = await makeNode({}, { groth16 })
  expect(closed).toBe(0)
  await node.close()
  expect(closed).toBe(1)
})
