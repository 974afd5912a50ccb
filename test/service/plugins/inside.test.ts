import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { completeConfig, type RunningNode, startNode } from '../../../service/node/index.ts'
import { insideOf } from '../../../service/plugins/inside.ts'
import { freePort } from '../../helpers/postgres.ts'

// Whoever reaches the public listener, as anybody does, also through a proxy on the same machine, or by a page in a browser.

let node: RunningNode
beforeAll(async () => {
  const provers = ['http://127.0.0.1:1']
  const trust = { chainId: 1, noteTree: `0x${'1'.repeat(40)}` as const, signers: [`0x${'2'.repeat(40)}` as const] }
  node = await startNode({ port: 0, dataDir: undefined, logLevel: 'silent', provers, ...trust })
  await node.refresh()
})
afterAll(() => node.close())

const ask = async (url: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { headers })
  return { response, text: await response.text() }
}

describe('what is for the operator alone', () => {
  test('is answered on the second listener, on loopback', async () => {
    expect(new URL(node.metricsUrl).hostname).toBe('127.0.0.1')
    expect((await ask(`${node.metricsUrl}/metrics`)).text).toContain('pennypost_open_streams 0')
    expect(JSON.parse((await ask(`${node.metricsUrl}/healthz`)).text)).toMatchObject({
      status: 'ok',
      provers: [{ url: 'http://127.0.0.1:1', ok: false }],
      doubt: null,
    })
  })

  const port = () => new URL(node.metricsUrl).host
  test.each<[string, () => Record<string, string>]>([
    ['asks for it', () => ({})],
    ['names the second listener as host', () => ({ host: port() })],
    ['says that it comes from this machine', () => ({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': port() })],
  ])('is not told to whoever %s on the first one', async (_, headers) => {
    const { response, text } = await ask(`${node.url}/metrics`, headers())
    expect([response.status, text]).toEqual([404, expect.not.stringContaining('pennypost_')])
    const health = await ask(`${node.url}/healthz`, headers())
    expect(Object.keys(JSON.parse(health.text)).sort()).toEqual(['checkpoint', 'position', 'status'])
    expect(health.text).not.toContain('127.0.0.1:1')
  })

  test('is not read by a page of another origin, while the API is', async () => {
    const origin = { origin: 'https://page.example' }
    const allowed = async (url: string) => (await ask(url, origin)).response.headers.get('access-control-allow-origin')
    expect(await allowed(`${node.metricsUrl}/metrics`)).toBeNull()
    expect(await allowed(`${node.metricsUrl}/healthz`)).toBeNull()
    expect(await allowed(`${node.url}/v1/info`)).toBe('*')
  })
})

test('a port that is taken stops the start, and nothing listens any more', async () => {
  const port = await freePort()
  const taken = Number(new URL(node.metricsUrl).port)
  const config = completeConfig({ port, metricsPort: taken, dataDir: undefined, logLevel: 'silent' })
  await expect(startNode(config)).rejects.toMatchObject({
    code: 'EADDRINUSE',
    message: expect.stringContaining(`${taken}`),
  })
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed')
})

test.each([
  [5555, undefined, 9555],
  [0, undefined, 0],
  [65_535, undefined, 61_535],
  [5555, 0, 0],
  [5555, 80, 80],
])('beside port %i and with %s it listens on %i', (port, metricsPort, expected) => {
  expect(insideOf({ metricsHost: '::1', metricsPort, port })).toEqual({ host: '::1', port: expected })
})
