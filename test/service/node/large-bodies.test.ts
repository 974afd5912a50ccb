import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { bodyBounds, createBodyBudget, smallBody } from '../../../service/node/body-budget.ts'
import { makeAccount, makeNode, type TestNode } from '../../helpers/node.ts'

const bounds = { ofCaller: 30, ofMinute: 100, overall: 60 }

/** A budget that tells whose bodies were cut. */
function budgetOf(clock = () => 0) {
  const budget = createBodyBudget({ bounds, clock })
  const cut: string[] = []
  const announce = (who: string, bytes: number) => {
    const body = { who, bytes, cut: () => cut.push(who) }
    return { body, code: budget.take(body)?.code ?? 'ok' }
  }
  return { ...budget, announce, cut }
}

describe('large bodies', () => {
  test('of one caller have a bound at a time, and room again once they are answered', () => {
    const { announce, giveBack } = budgetOf()
    const first = announce('m', 20)
    expect([first.code, announce('m', 11).code, announce('m', 10).code]).toEqual(['ok', 'rate.limited', 'ok'])
    giveBack(first.body)
    expect(announce('m', 20).code).toBe('ok')
  })

  test('of one caller have a bound in a minute, and refused ones do not count', () => {
    let now = 0
    const { announce, giveBack } = budgetOf(() => now)
    const once = () => {
      const { body, code } = announce('m', 30)
      if (code === 'ok') giveBack(body)
      return code
    }
    expect([once(), once(), once(), once(), once()]).toEqual(['ok', 'ok', 'ok', 'rate.limited', 'rate.limited'])
    expect(announce('m', 10).code).toBe('ok')
    now = 60
    expect(once()).toBe('rate.limited') // ten are held still
    expect(announce('m', 20).code).toBe('ok')
  })

  test('of many callers have a bound, where who holds most gives way to who holds less', () => {
    const { announce, cut } = budgetOf()
    for (const who of ['m1', 'm2']) for (let i = 0; i < 3; i++) expect(announce(who, 10).code).toBe('ok')
    expect(announce('a', 10).code).toBe('ok')
    expect(announce('b', 10).code).toBe('ok')
    expect(cut).toEqual(['m1', 'm2'])
    expect(announce('c', 30).code).toBe('node.unavailable') // it would hold more than anybody
  })
})

describe('a node', () => {
  const open: Socket[] = []
  let node: TestNode
  afterEach(async () => {
    for (const socket of open.splice(0)) socket.destroy()
    await node.close()
  })

  /** Sends a head, and of the body only what is asked; resolves with the status, or `nothing` where none comes for a while. */
  async function announce(port: number, path: string, { head, patience = 2000 }: { head: string; patience?: number }) {
    const socket = connect(port, '127.0.0.1')
    open.push(socket)
    socket.on('error', () => undefined)
    socket.write(`POST ${path} HTTP/1.1\r\nhost: node\r\n${head}\r\n\r\n`)
    return new Promise<string>((resolve) => {
      const timer = setTimeout(() => resolve('nothing'), patience)
      socket.once('data', (answer) => {
        clearTimeout(timer)
        resolve(String(answer).slice(9, 12))
      })
    })
  }

  test('refuses a publish without a token, or with one that proves nothing, before a byte of its body has come', async () => {
    node = await makeNode({ rateLimits: 'on' })
    const port = Number(new URL(await node.app.listen({ port: 0, host: '127.0.0.1' })).port)
    const head = 'content-length: 14000000'
    expect(await announce(port, '/message/v1/publish', { head })).toBe('401')
    expect(await announce(port, '/message/v1/publish', { head: `${head}\r\nauthorization: Bearer x` })).toBe('401')
  })

  test('says 401 to who shows no token, also where its large bodies have no room', async () => {
    node = await makeNode({ rateLimits: 'on' })
    const port = Number(new URL(await node.app.listen({ port: 0, host: '127.0.0.1' })).port)
    const head = 'content-length: 14000000'
    for (let i = 0; i < 2; i++) expect(await announce(port, '/v1/publish', { head, patience: 200 })).toBe('nothing')
    expect(await announce(port, '/v1/publish', { head })).toBe('429')
    expect(await announce(port, '/message/v1/publish', { head })).toBe('401')
  })

  test.each(['content-length: 14000000', 'transfer-encoding: chunked'])(
    'reads two of the largest bodies of a caller at a time, and still small ones (%s)',
    async (head) => {
      node = await makeNode({ rateLimits: 'on' })
      const port = Number(new URL(await node.app.listen({ port: 0, host: '127.0.0.1' })).port)
      const { token } = await makeAccount(0x11)
      const authorized = `${head}\r\nauthorization: Bearer ${token}`
      expect(await announce(port, '/message/v1/publish', { head: authorized, patience: 200 })).toBe('nothing')
      expect(await announce(port, '/v1/publish', { head, patience: 200 })).toBe('nothing')
      expect(await announce(port, '/v1/publish', { head })).toBe('429')
      expect((await node.post('/message/v1/query', { contentTopics: ['/xmtp/0/m-a/proto'] })).status).toBe(200)
      open.shift()?.destroy()
      await expect.poll(() => announce(port, '/v1/publish', { head, patience: 200 })).toBe('nothing')
    },
  )

  test('looks up 120,000 topics of one caller in a minute', async () => {
    const now = Math.floor(Date.now() / 60_000) * 60
    node = await makeNode({ rateLimits: 'on' }, { clock: () => now })
    const contentTopics = Array.from({ length: 10_000 }, (_, i) => `/xmtp/0/m-${i}/proto`)
    const ask = async (path: string, body: unknown) => (await node.post(path, body)).status
    for (let i = 0; i < 11; i++) expect(await ask('/message/v1/query', { contentTopics })).toBe(200)
    expect(await ask('/message/v1/batch-query', { requests: [{ contentTopics }] })).toBe(200)
    expect(await ask('/message/v1/query', { contentTopics: ['/xmtp/0/m-a/proto'] })).toBe(429)
    expect(await ask('/v1/subscribe', { contentTopics, after: '0' })).toBe(429)
  })
})

test('what is read in any case, and what a caller may have read, fit the largest publish', () => {
  expect(smallBody).toBeLessThan(bodyBounds.ofCaller)
  expect(bodyBounds.ofCaller).toBeGreaterThan(2 * 14_500_000)
  expect(bodyBounds.overall).toBeGreaterThanOrEqual(3 * bodyBounds.ofCaller)
})
