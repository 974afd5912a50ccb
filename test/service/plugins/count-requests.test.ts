import type { FastifyInstance } from 'fastify'
import { describe, expect, test } from 'vitest'
import { buildNode } from '../../../service/node/index.ts'
import { makeNode } from '../../helpers/node.ts'
import { makeProver } from '../../helpers/prover-app.ts'

const preflight = {
  method: 'OPTIONS',
  url: '/v1/info',
  headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
} as const

/** Node and prover, and how many requests a caller has in a minute. */
const services: Readonly<Record<string, () => Promise<{ app: FastifyInstance; most: number }>>> = {
  async node() {
    const { context } = await makeNode()
    const options = { logLevel: 'silent', trustProxy: 'off', rateLimits: 'on', requestsPerMinute: 50 } as const
    return { app: await buildNode(context, options), most: 50 }
  },
  prover: async () => ({ app: (await makeProver('empty')) as unknown as FastifyInstance, most: 600 }),
}

describe.each(Object.keys(services))('a %s', (service) => {
  test.each([
    ['preflights', preflight, 204],
    ['preflights that are none', { method: 'OPTIONS', url: '/v1/info' }, 400],
    ['URLs that are none', { method: 'GET', url: '/v1/%zz' }, 400],
    ['paths that there are not', { method: 'GET', url: '/v1/nothing' }, 404],
  ] as const)('counts %s against the requests of their caller, and of nobody else', async (_, asked, status) => {
    const { app, most } = await services[service]!()
    const ask = async (remoteAddress: string) => (await app.inject({ ...asked, remoteAddress })).statusCode
    const all = []
    for (let i = 0; i < most; i++) all.push(await ask('192.0.2.1'))
    expect(new Set(all)).toEqual(new Set([status]))
    expect(await ask('192.0.2.1')).toBe(429)
    expect((await app.inject({ url: '/v1/info', remoteAddress: '192.0.2.1' })).statusCode).toBe(429)
    expect(await ask('192.0.2.2')).toBe(status)
    await app.close()
  })
})
