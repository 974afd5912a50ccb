import type { FastifyInstance } from 'fastify'

type Operation = { summary?: string; parameters?: unknown; requestBody?: unknown; responses?: unknown }

/** The OpenAPI document, and a page that says the same to people. Wants `@fastify/swagger` registered before routes. */
export async function documentation(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  app.get('/docs', { schema: { hide: true } }, async (_, reply) =>
    reply.type('text/html; charset=utf-8').send(pageOf(app)),
  )
}

function pageOf(app: FastifyInstance): string {
  const { info, paths = {} } = app.swagger() as { info: { title: string; description?: string }; paths?: object }
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({ path, method, operation })),
  )
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escapeHtml(info.title)}</title>
<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}code,pre{font:14px ui-monospace,monospace}
pre{background:#f4f4f4;padding:1rem;overflow:auto}h2{margin-top:2rem}</style>
<h1>${escapeHtml(info.title)}</h1><p>${escapeHtml(info.description ?? '')} As <a href="/openapi.json">OpenAPI</a>.</p>
${operations.map(sectionOf).join('\n')}</html>`
}

function sectionOf({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const { summary = '', parameters, requestBody, responses } = operation
  const json = escapeHtml(JSON.stringify({ parameters, request: requestBody, responses }, undefined, 2))
  return `<h2><code>${method.toUpperCase()} ${escapeHtml(path)}</code></h2><p>${escapeHtml(summary)}</p>
<details><summary>Form</summary><pre>${json}</pre></details>`
}

const escapeHtml = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
