import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseRule } from '../../../sdk/policy/index.ts'
import { bodyLimits, boundOf } from '../../../service/node/wire/body-limits.ts'
import { largestBodies } from '../../helpers/largest-bodies.ts'
import { makeAccount, makeNode, type TestNode } from '../../helpers/node.ts'

let node: TestNode
let url: string
let authorization: string

beforeAll(async () => {
  node = await makeNode({ defaultRule: parseRule('everyone') })
  authorization = `Bearer ${(await makeAccount(0x11)).token}`
  url = await node.app.listen({ port: 0, host: '127.0.0.1' })
})
afterEach(() => void vi.restoreAllMocks())
afterAll(() => node.close())

type Path = keyof typeof bodyLimits
const forms = { binary: 'application/x-protobuf', json: 'application/json' } as const
type Form = keyof typeof forms
const paths = (Object.keys(bodyLimits) as Path[]).filter((path) => path !== '/message/v1/subscribe-all')

async function send(path: string, form: Form, body: Uint8Array, headers: Record<string, string> = {}) {
  const answer = await fetch(url + path, {
    method: 'POST',
    body: body as BodyInit,
    headers: { authorization, 'content-type': forms[form], ...headers },
  })
  if (answer.status === 200) await answer.body?.cancel() // it may be a stream
  return { status: answer.status, text: answer.status === 200 ? '' : await answer.text() }
}

/** One piece over and over, as much as the path takes, or enough. */
function filled(path: Path, piece: string | number[], { start = '', end = '' } = {}): Uint8Array {
  const unit = Buffer.from(piece as string)
  const room = sizeFor(path) - start.length - end.length
  return Buffer.concat([Buffer.from(start), Buffer.alloc(room - (room % unit.length), unit), Buffer.from(end)])
}

/** Few enough to be decoded in this thread, where it is watched. */
const sizeFor = (path: Path): number => Math.min(bodyLimits[path].bytes, 250_000)

const list = (name: string, item: string) => (path: Path) =>
  filled(path, `${item},`, { start: `{"${name}":[`, end: `${item}]}` })

/** What made a node compute for seconds, of one byte or a few each. */
const floods: [name: string, form: Form, body: (path: Path) => Uint8Array][] = [
  ['empty messages', 'binary', (path) => filled(path, [0x0a, 0])],
  ['empty tickets', 'binary', (path) => filled(path, [0x32, 2, 0x12, 0])],
  ['empty credentials', 'binary', (path) => filled(path, [0x32, 2, 0x3a, 0])],
  ['envelopes of an empty field', 'binary', (path) => filled(path, [0x0a, 2, 0x0a, 0])],
  ['unknown fields', 'binary', (path) => filled(path, [0x78, 0])],
  ['unknown texts', 'binary', (path) => filled(path, [0x7a, 0])],
  ['the start of groups', 'binary', (path) => filled(path, [0x7b])],
  ['groups in groups', 'binary', (path) => halves(sizeFor(path), 0x7b, 0x7c)],
  ['empty envelopes', 'json', list('envelopes', '{}')],
  ['empty requests', 'json', list('requests', '{}')],
  ['empty topics', 'json', list('contentTopics', '""')],
  ['empty tickets', 'json', list('evidence', '{"ticket":{}}')],
  ['numbers that nobody asked for', 'json', list('x', '1')],
  ['lists in lists', 'json', (path) => filled(path, '[')],
  ['objects in objects', 'json', (path) => filled(path, '{"a":')],
  ['lists and objects in turn', 'json', (path) => filled(path, '[{"a":')],
  ['names', 'json', (path) => filled(path, '"a":0,', { start: '{', end: '"a":0}' })],
]

const halves = (length: number, first: number, second: number): Uint8Array =>
  Buffer.concat([Buffer.alloc(length / 2, first), Buffer.alloc(length / 2, second)])

describe('a body that falls into millions of parts is refused, and decoded no further than the bound', () => {
  test.each(floods)('%s, %s', async (_, form, body) => {
    const tags = vi.spyOn(BinaryReader.prototype, 'tag')
    const parse = vi.spyOn(JSON, 'parse')
    for (const path of paths) {
      tags.mockClear()
      const { status, text } = await send(path, form, body(path))
      expect([path, status === 413 || status === 400, text]).toEqual([path, true, expect.stringMatching(refused)])
      expect(tags.mock.calls.length).toBeLessThanOrEqual(bodyLimits[path].parts + tokenTags)
    }
    if (form === 'json') expect(parse.mock.calls.filter(([text]) => text.length > 4_000)).toEqual([])
  })
})

/** Fields of the token, which are read too. */
const tokenTags = 50
const refused = /body\.(too-large|malformed)|protobuf\.malformed/

test('packed numbers count by their bytes', async () => {
  const size = 300_000
  const also = [0x32, ...varint(size + 4), 0x32, ...varint(size)] // evidence with `also` (6), packed
  const { status, text } = await send('/v1/lanes', 'binary', Buffer.concat([Buffer.from(also), Buffer.alloc(size, 1)]))
  expect([status, JSON.parse(text).code]).toEqual([413, 'body.too-large'])
})

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)])

test.each(paths)('%s takes its largest honest body in either form', async (path) => {
  const { binary, json } = largestBodies(path)
  for (const [form, body] of [['binary', binary] as const, ['json', json] as const]) {
    if (!body) continue
    expect(body.length).toBeLessThanOrEqual(bodyLimits[path].bytes)
    const { text } = await send(path, form, body)
    expect(text).not.toMatch(refused)
  }
})

test.each([...Object.keys(bodyLimits), '/v1/info', '/nowhere'])('%s reads no byte over its bound', async (path) => {
  const { bytes } = boundOf(path)
  const { status } = await node.post(path, Buffer.alloc(bytes + 1, ' '), { authorization })
  expect(status).toBe(413)
})

test('a compressed body is not unpacked', async () => {
  const bomb = gzipSync(Buffer.alloc(100_000_000, ' '))
  const { status } = await send('/message/v1/query', 'json', bomb, { 'content-encoding': 'gzip' })
  expect(status).toBe(400)
})

test('/v1/info says how much a publish may weigh', async () => {
  const { limits } = (await (await fetch(`${url}/v1/info`)).json()) as { limits: { bodyBytes: number } }
  expect(limits.bodyBytes).toBe(bodyLimits['/v1/publish'].bytes)
  expect(limits.bodyBytes).toBe(bodyLimits['/message/v1/publish'].bytes)
})

test('docs/node.md lists the bounds of each path', async () => {
  const rows = (await readFile('docs/node.md', 'utf8')).match(/^\| `\/.*` \| [\d,]+ \| [\d,]+ \|$/gm)
  const shown = (value: number) => value.toLocaleString('en-US')
  expect(rows).toEqual(
    Object.entries(bodyLimits).map(([path, { bytes, parts }]) => `| \`${path}\` | ${shown(bytes)} | ${shown(parts)} |`),
  )
})
