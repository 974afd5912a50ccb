import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest'
import { messageTopic } from '../../../sdk/codec/index.ts'
import {
  type AnonymousNode,
  type AnonymousNodeOptions,
  createAnonymousNode,
  createNamedNode,
  type NamedNode,
} from '../../../sdk/transport/index.ts'

const query = { contentTopics: [messageTopic('two')] }

describe('the two clients of a node', () => {
  test('cannot be taken for each other', () => {
    expectTypeOf<NamedNode>().not.toExtend<AnonymousNode>()
    expectTypeOf<AnonymousNode>().not.toExtend<NamedNode>()
    expectTypeOf<Pick<NamedNode, 'kind' | 'query'>>().not.toExtend<Pick<AnonymousNode, 'kind' | 'query'>>()
  })

  test('differ in whether there is a place for a token', () => {
    type Second<F> = F extends (first: never, second?: infer Options) => unknown ? Options : never
    type Keys<T> = T extends unknown ? keyof T : never
    type AnonymousOptions = Second<AnonymousNode[Exclude<keyof AnonymousNode, 'kind' | 'subscribe' | 'info'>]>
    expectTypeOf<Keys<NonNullable<AnonymousOptions>>>().toEqualTypeOf<'signal'>()
    expectTypeOf<'token' | 'headers'>().not.toExtend<keyof AnonymousNodeOptions>()
    expectTypeOf<'token'>().not.toExtend<keyof Parameters<AnonymousNode['subscribe']>[0]>()
    expectTypeOf<Parameters<typeof createNamedNode>[0]['token']>().toEqualTypeOf<() => string>()
  })
})

describe('on the wire', () => {
  type Seen = { readonly isNamed: boolean; readonly headers: Record<string, unknown> }
  const sockets = new Map<Socket, Seen[]>()
  const server = createServer((request, response) => {
    const seen = sockets.get(request.socket) ?? []
    sockets.set(request.socket, [...seen, { isNamed: 'authorization' in request.headers, headers: request.headers }])
    const isStream = request.url?.endsWith('/subscribe')
    response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': 'who=you' })
    if (isStream) response.write('{"result":{}}\n')
    else
      response.end(request.url === '/message/v1/batch-query' ? '{"responses":[{"envelopes":[]}]}' : '{"envelopes":[]}')
  })
  let url = ''
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  test('no connection ever carries both, nor two requests without a name', async () => {
    const named = createNamedNode({ url, token: () => 'secret' })
    const anonymous = createAnonymousNode({ url })
    for (let round = 0; round < 10; round++) {
      await named.queryPage(query)
      await anonymous.queryPage(query)
      await Promise.all([named.publish([]), anonymous.batchQuery([query]), named.batchQuery([query])])
      await anonymous
        .openLane({ topic: query.contentTopics[0] ?? '', holder: new Uint8Array(32), units: 1, expiresAt: 1n })
        .catch(() => undefined)
    }
    const streams = [await named.subscribe(query), await anonymous.subscribe(query)]
    for (const stream of streams) await stream.return?.()

    const connections = [...sockets.values()]
    const anonymously = connections.filter((seen) => seen.some(({ isNamed }) => !isNamed))
    expect(anonymously.length).toBeGreaterThanOrEqual(31)
    for (const seen of anonymously) expect(seen).toHaveLength(1)
    const names = anonymously.flatMap((seen) => seen.flatMap(({ headers }) => Object.keys(headers)))
    expect([...new Set(names)].sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'content-length',
      'content-type',
      'host',
    ])
  })
})
