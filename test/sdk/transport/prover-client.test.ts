import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { BaseError } from '../../../sdk/errors.ts'
import { createProverClient } from '../../../sdk/transport/index.ts'

const answering = (body: string, status = 200) =>
  createProverClient({
    url: 'http://prover.example',
    fetch: async () => new Response(body, { status, headers: { 'content-type': 'application/problem+json' } }),
  })

describe('a client of a prover', () => {
  test.each<[string, unknown]>([
    ['not JSON', '<html>'],
    ['no object', 'null'],
    ['no list', '{}'],
    ['a list of something else', '{"checkpoints":[1],"operations":[1],"total":"1"}'],
    [
      'base64 that is none',
      '{"checkpoints":["*"],"operations":[{"index":0,"kind":"append","leafIndex":0,"commitment":"*"}],"total":"1"}',
    ],
    ['a number that is none', '{"checkpoints":["/w=="],"total":"-1","operations":[]}'],
    [
      'a short word',
      '{"checkpoints":["/w=="],"total":"1","operations":[{"index":0,"kind":"append","leafIndex":0,"commitment":"AA=="}]}',
    ],
    [
      'operations out of order',
      '{"checkpoints":["/w=="],"total":"1","operations":[{"index":1,"kind":"zero","leafIndex":0}]}',
    ],
  ])('refuses %s with a typed error', async (_, body) => {
    const client = answering(String(body))
    await expect(client.checkpoints(0n)).rejects.toBeInstanceOf(BaseError)
    await expect(client.operations()).rejects.toBeInstanceOf(BaseError)
  })

  test.each([
    '{}',
    '{"size":1,"capacity":2,"leaves":"AA=="}',
    '{"size":-1,"capacity":2,"leaves":""}',
    '{"size":1e99,"capacity":2,"leaves":""}',
    '{"capacity":2,"leaves":""}',
    '{"size":0,"leaves":""}',
  ])('refuses leaves like %s', async (body) => {
    await expect(answering(body).leaves(1n, { tree: 0 })).rejects.toMatchObject({ code: 'prover.response' })
  })

  test.each(['{}', '{"nodes":"AA=="}', '{"nodes":[]}'])('refuses nodes like %s', async (body) => {
    await expect(answering(body).nodes(1n, { tree: 0 })).rejects.toMatchObject({ code: 'prover.response' })
  })

  test.each(['{}', '{"connections":[1]}', '{"connections":[{"granter":"a","writer":"b","uid":"c"}]}'])(
    'refuses connections like %s',
    async (body) => {
      await expect(answering(body).connections('0x00')).rejects.toMatchObject({ code: 'prover.response' })
    },
  )

  test('reads connections, and leaves out what it does not know', async () => {
    const connection = { granter: '0x01', writer: '0x02', uid: '0x03', expiresAt: 4 }
    const body = JSON.stringify({ connections: [{ ...connection, more: true }] })
    expect(await answering(body).connections('0x00')).toEqual([connection])
  })

  test.each([
    [404, '{"code":"checkpoint.none","detail":"None."}', 'prover.refused', 'checkpoint.none'],
    [400, '{"code":"request.invalid"}', 'prover.refused', 'request.invalid'],
    [400, '[]', 'prover.unavailable', undefined],
    [500, '{}', 'prover.unavailable', undefined],
    [502, '<html>', 'prover.unavailable', undefined],
    [429, '{"code":"rate.limited"}', 'prover.unavailable', undefined],
  ])('an answer of %i with %s is %s', async (status, body, code, reason) => {
    await expect(answering(body, status).operations()).rejects.toMatchObject({ code, ...(reason && { reason }) })
  })

  test('where nothing is signed yet there is no newest checkpoint', async () => {
    expect(await answering('{"code":"checkpoint.none"}', 404).latestCheckpoint()).toBeUndefined()
  })

  test('asks for nothing but what is in the query, and sends nothing that tells callers apart', async () => {
    const asked: [string, RequestInit][] = []
    const fetch = async (url: string, init: RequestInit) => {
      asked.push([url, init])
      return new Response('{"size":0,"capacity":2,"leaves":"","nodes":"","checkpoints":[],"operations":[],"total":"0"}')
    }
    const client = createProverClient({ url: 'http://prover.example/', fetch })
    await client.leaves(5n, { tree: 1, from: 3, limit: 2 })
    await client.nodes(5n, { tree: 1 })
    await client.operations({ from: 4 })
    await client.checkpoints(6n, { limit: 7 })
    expect(asked.map(([url]) => url.replace('http://prover.example', ''))).toEqual([
      '/v1/leaves?operations=5&tree=1&from=3&limit=2',
      '/v1/nodes?operations=5&tree=1',
      '/v1/operations?after=4',
      '/v1/checkpoints?after=6&limit=7',
    ])
    for (const [, init] of asked) {
      const { signal, ...rest } = init
      expect(rest).toEqual({
        headers: { accept: 'application/json' },
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        cache: 'no-store',
        redirect: 'manual',
      })
    }
  })

  test.prop([fc.json()])('any JSON is read or refused, never more', async (body) => {
    const client = answering(body)
    const asks = [
      () => client.checkpoints(0n),
      () => client.leaves(1n, { tree: 0 }),
      () => client.nodes(1n, { tree: 0 }),
      () => client.operations(),
      () => client.connections('0x00'),
    ]
    for (const ask of asks) {
      await ask().catch((error) => expect(error).toBeInstanceOf(BaseError))
    }
  })
})
