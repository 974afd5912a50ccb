import swagger from '@fastify/swagger'
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
  await app.register(swagger, { openapi: { openapi: '3.1.0', info: { title: 'A & B', version: '1' } } })
  const querystring = { type: 'object', properties: { from: { type: 'string', description: 'The <first>' } } }
  app.get(
    '/things',
    { schema: { summary: 'All <things>', tags: ['things'], querystring, response: { 200: page } } },
    async () => ({ items: [] }),
  )
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
    'bytes: base64  <span>// &lt;32&gt; bytes</span>',
  ]
  expect(expected.filter((text) => !body.includes(text))).toEqual([])
  expect(body).not.toContain('/docs')
})
