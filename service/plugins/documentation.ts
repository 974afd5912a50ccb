import { STATUS_CODES } from 'node:http'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { problemAnswers } from './problem-schema.ts'

/** What the document says of the service as a whole. */
export type About = {
  readonly title: string
  readonly description: string
  /** How callers say who they are, by the name that routes call it by. */
  readonly securitySchemes?: Readonly<Record<string, { type: 'http'; scheme: 'bearer'; description: string }>>
}

/** The page loads nothing from elsewhere, and asks nobody but who serves it. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Describes each route that is registered from now on, in `/openapi.json`; `/docs` shows it, and tries calls. */
export async function documentation(app: FastifyInstance, { securitySchemes = {}, ...about }: About): Promise<void> {
  app.addHook('onRoute', ({ schema }) => {
    if (schema && !schema.hide) schema.response = { ...problemAnswers, ...namedAnswers(schema.response) }
  })
  const openapi = { openapi: '3.1.0', info: { ...about, version: '1' }, components: { securitySchemes } }
  await app.register(swagger, { openapi })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: policy,
    logLevel: 'silent',
    uiConfig: {
      validatorUrl: null,
      docExpansion: 'list',
      tryItOutEnabled: true,
      layout: 'BaseLayout',
      defaultModelsExpandDepth: -1,
    },
    theme: { title: about.title },
  })
  const hidden = { schema: { hide: true } }
  app.get('/openapi.json', hidden, async () => app.swagger())
  app.get('/', hidden, async (_, reply) => reply.redirect('/docs'))
}

/** Answers that say nothing else of themselves are called as HTTP calls their status. */
const namedAnswers = (response: unknown = {}) =>
  Object.fromEntries(
    Object.entries(response as Record<string, object>).map(([status, answer]) => [
      status,
      { 'x-response-description': STATUS_CODES[status] ?? 'Refused', ...answer },
    ]),
  )
