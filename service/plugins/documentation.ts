import { STATUS_CODES } from 'node:http'
import { groupBy } from '@pennypost/sdk/group-by'
import type { FastifyInstance } from 'fastify'
import { type Schema, schemaText } from './schema-text.ts'

type Content = Readonly<Record<string, { readonly schema?: Schema }>>
type Answer = { readonly description?: string; readonly content?: Content }
type Parameter = { readonly name: string; readonly in: string; readonly description?: string }

type Operation = {
  readonly summary?: string | undefined
  readonly tags?: readonly string[] | undefined
  readonly parameters?: readonly Parameter[] | undefined
  readonly requestBody?: Answer | undefined
  readonly responses?: Readonly<Record<string, Answer>>
}

type Entry = { readonly method: string; readonly path: string; readonly operation: Operation }

type Document = {
  readonly info: { readonly title: string; readonly description?: string }
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

/** The OpenAPI document, and a page that says the same to people. Wants `@fastify/swagger` registered before routes. */
export async function documentation(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  app.get('/docs', { schema: { hide: true } }, async (_, reply) =>
    reply.type('text/html; charset=utf-8').send(pageOf(app.swagger() as unknown as Document)),
  )
}

function pageOf({ info, paths = {} }: Document): string {
  const entries = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  const groups = groupBy(entries, ({ operation }) => operation.tags?.[0] ?? '')
  const title = escapeHtml(info.title)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><title>${title}</title>
<style>${style}</style></head>
<body><h1>${title}</h1>
<p>${escapeHtml(info.description ?? '')} For programs: <a href="/openapi.json">OpenAPI</a>.</p>
${[...groups].map(groupOf).join('\n')}
</body></html>`
}

const groupOf = ([tag, entries]: [string, Entry[]]): string =>
  `<h2>${escapeHtml(tag)}</h2>\n${entries.map(entryOf).join('\n')}`

function entryOf({ method, path, operation }: Entry): string {
  const { summary = '', parameters = [], requestBody, responses = {} } = operation
  const parts = [
    parametersOf(parameters),
    requestBody && `<h3>Body</h3>${contentOf(requestBody)}`,
    ...Object.entries(responses).map(([status, answer]) => `<h3>${statusOf(status, answer)}</h3>${contentOf(answer)}`),
  ]
  return `<details><summary><b>${method}</b> <code>${escapeHtml(path)}</code> <span>${escapeHtml(summary)}</span></summary>
${parts.filter(Boolean).join('\n')}</details>`
}

function parametersOf(parameters: readonly Parameter[]): string {
  const rows = parameters.map(
    ({ name, in: place, description = '' }) =>
      `<dt><code>${escapeHtml(name)}</code> in ${escapeHtml(place)}</dt><dd>${escapeHtml(description)}</dd>`,
  )
  return rows.length === 0 ? '' : `<h3>Parameters</h3><dl>${rows.join('')}</dl>`
}

/** What the framework puts where a route says nothing is no description. */
function statusOf(status: string, { description = '' }: Answer): string {
  const name = description === 'Default Response' ? (STATUS_CODES[status] ?? 'Refused') : description
  return `${escapeHtml(status)} <span>${escapeHtml(name)}</span>`
}

const contentOf = ({ content = {} }: Answer): string =>
  Object.entries(content)
    .map(([type, { schema = {} }]) => `<p>${escapeHtml(type)}</p><pre>${formOf(schema)}</pre>`)
    .join('')

/** The descriptions step back behind the form. */
const formOf = (schema: Schema): string =>
  escapeHtml(schemaText(schema)).replaceAll(/ {2}(\/\/ .*)$/gm, '  <span>$1</span>')

const style = `
body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{margin-bottom:.5rem}h2{margin:2rem 0 .5rem;font-size:1.2rem}h2::first-letter{text-transform:uppercase}h3{margin:1rem 0 .25rem;font-size:.9rem}
code,pre{font:14px/1.5 ui-monospace,monospace}h3+p{margin:0;font-size:.85rem;color:#666}
pre{margin:.25rem 0;padding:.75rem 1rem;overflow:auto;background:#f5f5f5;border-radius:6px}
details{border:1px solid #ddd;border-radius:6px;margin:.5rem 0;padding:0 1rem}details[open]{padding-bottom:1rem}
summary{cursor:pointer;padding:.6rem 0}summary b{display:inline-block;min-width:3rem;font-size:.8rem;color:#0a6}
summary code{font-weight:600}span{color:#666;font-weight:400}summary span{margin-left:.5rem}
dl{margin:0}dt{font-size:.9rem}dd{margin:0 0 .5rem 1rem;color:#666;font-size:.9rem}
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}a{color:#8ab4ff}pre{background:#222}
details{border-color:#3a3a3a}span,h3+p,dd{color:#a0a0a0}summary b{color:#4c9}}`

const escapeHtml = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
