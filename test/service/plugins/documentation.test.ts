import fastify from 'fastify'
import { expect, test } from 'vitest'
import { documentation } from '../../../service/plugins/documentation.ts'
import { type Schema, schemaText } from '../../../service/plugins/schema-text.ts'

const page = {
  type: 'object',
  required: ['items'],
  properties: {
    items: {
      type: 'array',
      items: { type: 'object', properties: { bytes: { type: 'string', format: 'byte', description: '<32> bytes' } } },
    },
    next: { anyOf: [{ type: 'integer' }, { enum: ['none'] }] },
  },
} as const satisfies Schema

test('a schema is told as a type', () => {
  expect(schemaText(page)).toBe(`{
  items: [{
    bytes: base64  // <32> bytes
  }]
  next?: integer | "none"
}`)
  const texts = { type: 'array', items: { type: 'string', description: 'Each a text' } }
  expect(schemaText({ type: 'object', properties: { texts } })).toBe('{\n  texts: [string]  // Each a text\n}')
  expect(schemaText({ type: 'array', items: {} })).toBe('[any]')
  expect(schemaText({ type: 'object' })).toBe('{}')
})

test('the page tells every route under its tag, and takes no text for HTML', async () => {
  const app = fastify()
  const answer = { description: 'Default Response', content: { 'application/json': { schema: page } } }
  const operation = {
    summary: 'All <things>',
    tags: ['things'],
    parameters: [{ name: 'from', in: 'query', description: 'The <first>' }],
    responses: { 200: answer, '4XX': { ...answer, description: 'No <thing>' } },
  }
  const paths = { '/things': { get: operation } }
  app.decorate('swagger', (() => ({ info: { title: 'A & B' }, paths })) as never)
  await documentation(app)
  const { headers, body } = await app.inject('/docs')
  await app.close()
  expect(headers['content-type']).toBe('text/html; charset=utf-8')
  const expected = [
    '<title>A &amp; B</title>',
    '<h2>things</h2>',
    '<b>GET</b> <code>/things</code> <span>All &lt;things&gt;</span>',
    '<dt><code>from</code> in query</dt><dd>The &lt;first&gt;</dd>',
    '200 <span>OK</span>',
    '4XX <span>No &lt;thing&gt;</span>',
    'bytes: base64  <span>// &lt;32&gt; bytes</span>',
  ]
  expect(expected.filter((text) => !body.includes(text))).toEqual([])
  expect(body).not.toContain('/docs')
})
