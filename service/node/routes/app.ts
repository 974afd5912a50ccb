import { existsSync } from 'node:fs'
import serveFiles from '@fastify/static'
import { formatRule } from '@pennypost/sdk/policy'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { RouteContext } from './context.ts'

const hidden = { schema: { hide: true } } as const

/** Serves the app under `/app/`, says where it is elsewhere, or does nothing. */
export async function serveApp(app: FastifyInstance, context: RouteContext): Promise<void> {
  const { config, folder, keys } = context.app
  if (config.app === 'off') return
  const elsewhere = config.app === 'on' ? undefined : config.app
  if (elsewhere === undefined && !existsSync(`${folder}/index.html`)) return
  app.get('/app', hidden, async (_, reply) => reply.redirect(elsewhere ?? 'app/'))
  if (elsewhere !== undefined) {
    app.get('/app/', hidden, async (_, reply) => reply.redirect(elsewhere))
    return
  }
  app.get('/app/network.json', hidden, async (_, reply) => guarded(reply, pagePolicy(context)).send(networkOf(context)))
  const files = {
    wildcard: false, // those that are there at the start, and no path besides
    decorateReply: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply: FastifyReply, path: string) => {
      const policy = path.includes('/prove-worker-') ? workerPolicy : pagePolicy(context)
      guarded(reply, policy).header('cache-control', cacheOf(path))
    },
  }
  await app.register(serveFiles, { ...files, root: folder, prefix: '/app/' })
  if (existsSync(`${folder}/keys`)) return
  await app.register(serveFiles, { ...files, root: keys, prefix: '/app/keys/', globIgnore: ['**/*.{json,md}'] })
}

/** Built modules have a hash in their name; the rest is asked for anew. */
const cacheOf = (path: string): string =>
  path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'

function guarded(reply: FastifyReply, policy: string): FastifyReply {
  return reply.headers({
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  })
}

/** What proves asks nobody for anything; snarkjs starts its threads from a text of its own. */
const workerPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:"

/** The app runs what this node serves, and asks this node and those that the signed terms and the settings name. */
function pagePolicy({ deps, app: { config, local } }: RouteContext): string {
  const nodes = deps.checkpoint()?.latest.nodes ?? []
  const chain = local?.().chain.rpcUrl ?? []
  const named = [...config.provers, ...nodes.map(({ url }) => url), chain].flat()
  const origins = new Set(named.filter((url) => URL.canParse(url)).map((url) => new URL(url).origin))
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    ['connect-src', "'self'", ...origins].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** What a client has to know of the network. Terms that signers have signed are not repeated: the client reads those; no checkpoint has the last. */
function networkOf({ deps, app: { config, local } }: RouteContext) {
  const { chainId, noteTree, checkpointRegistry: registry, signers, threshold } = config
  const terms = deps.terms()
  const signed = deps.checkpoint()?.latest.floor
  return {
    provers: config.provers,
    network: {
      name: deps.network.name,
      ...(config.provers.length > 0 && { chainId, noteTree, registry, signers, threshold }),
      ...(!signed && {
        floor: formatRule(terms.floor, terms),
        defaultRule: formatRule(terms.defaultRule, terms),
        decimals: terms.decimals,
        requestBits: terms.requestBits,
      }),
      unattendedRule: formatRule(deps.unattended.rule, terms),
    },
    ...(local && { local: local() }),
  }
}
