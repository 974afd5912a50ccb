import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeNode, type TestNode } from '../../helpers/node.ts'

describe('the page of a service', () => {
  let node: TestNode
  beforeAll(async () => {
    node = await makeNode()
  })
  afterAll(() => node.close())

  test('is where the root leads', async () => {
    const { statusCode, headers } = await node.app.inject('/')
    expect([statusCode, headers.location]).toEqual([302, '/docs'])
  })

  test('may load nothing from elsewhere, nor be framed, nor run what stands in it', async () => {
    const { statusCode, headers, payload } = await node.app.inject('/docs')
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'; script-src 'self';")
    expect(policy).toContain("connect-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe/)
    expect(payload).not.toMatch(/(src|href)="(https?:)?\/\//)
    const named = [...payload.matchAll(/(?:src|href)="\.?(\/[^"]+)"/g)].map(([, path]) => path as string)
    expect(named.length).toBeGreaterThan(3)
    for (const path of named) expect((await node.app.inject(path)).statusCode).toBe(200)
  })

  test('has no path that leads to other files, and refuses as the rest does', async () => {
    for (const path of ['/docs/static/..%2f..%2fpackage.json', '/docs/static/nothing.js', '/docs/nothing']) {
      const { statusCode, json } = await node.app.inject(path)
      expect([path, statusCode, json().code]).toEqual([path, 404, 'path.unknown'])
    }
  })
})
