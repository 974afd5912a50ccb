import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { decodeCheckpoint } from '@pennypost/sdk/codec'
import { toHex } from '@pennypost/sdk/crypto'
import { Type } from 'typebox'
import type { Clock } from '../../plugins/clock.ts'
import { metricsText } from '../../plugins/process-metrics.ts'
import { media, text } from '../../plugins/schema.ts'
import type { NetworkInfo, Signer } from '../checkpoints/index.ts'
import type { Progress } from '../follower.ts'
import type { IssuerKey } from '../issuing/index.ts'
import type { Metrics } from '../metrics.ts'
import { findUnready } from '../readiness.ts'
import type { CheckpointRecord, ProverStore } from '../store/index.ts'
import type { Watcher } from '../watcher/index.ts'
import { examples } from './examples.ts'
import { Maybe } from './queries.ts'

const Info = Type.Object(
  {
    network: Type.String(),
    networkId: Type.String({ description: 'Hex, 32 bytes.' }),
    chainId: Type.Integer(),
    noteTree: Type.String(),
    postage: Type.Array(Type.String()),
    stakes: Type.Array(Type.String()),
    payments: Type.Array(Type.String()),
    connections: Type.Array(Type.String()),
    checkpointRegistry: Maybe(Type.String()),
    signer: Type.String({ description: "Address of this prover's key." }),
    issuer: Type.Object(
      { x: Type.String(), y: Type.String() },
      { description: 'The key that attests facts, a point of BabyJubjub: hex, 32 bytes each.' },
    ),
    nodes: Type.Array(Type.Object({ url: Type.String(), key: Type.String() })),
  },
  { examples: [examples.info] },
)
const Health = Type.Object(
  {
    status: Type.Union([Type.Literal('ok'), Type.Literal('starting'), Type.Literal('faulty')]),
    fault: Maybe(
      Type.Object({ code: Type.String(), message: Type.String() }, { description: 'Why nothing is signed now.' }),
    ),
    head: Maybe(Type.String({ description: 'Newest confirmed block.' })),
    block: Maybe(Type.String({ description: 'Newest block read.' })),
    secondsSinceWell: Maybe(Type.Integer({ description: 'Since the chain was last read without an error.' })),
    operations: Type.String({ description: 'Operations read.' }),
    checkpoint: Maybe(Type.Object({ sequence: Type.String(), operations: Type.String(), ageSeconds: Type.Integer() })),
    nodes: Type.Array(Type.Object({ url: Type.String(), ok: Type.Boolean(), error: Maybe(Type.String()) }), {
      description: 'The nodes whose leaks are read.',
    }),
  },
  { examples: [examples.health] },
)
const readiness = {
  status: Type.Union([Type.Literal('ready'), Type.Literal('not ready')]),
  missing: Type.Array(Type.String(), { description: 'Why not, as codes; a fault of the chain by its own.' }),
}
const Ready = Type.Object(readiness, { examples: [examples.ready] })
const NotReady = Type.Object(readiness, { examples: [examples.unready] })

const counters = media('Counters', 'text/plain', text(), examples.metrics)

type Options = {
  readonly store: ProverStore
  readonly metrics: Metrics
  readonly progress: () => Progress
  readonly signer: Signer
  readonly issuer: Pick<IssuerKey, 'x' | 'y'>
  readonly network: NetworkInfo
  readonly watched: () => Pick<Watcher, 'reports' | 'nodes'>
  readonly clock: Clock
  readonly pollMs: number
  readonly signing: 'on' | 'off'
}

/** What this prover is, and how it is. */
export const status: FastifyPluginAsyncTypebox<Options> = async (app, options) => {
  const info = { tags: ['prover'], summary: 'What this prover signs for', response: { 200: Info } }
  app.get('/v1/info', { schema: info }, async () => describe(options))

  const health = { tags: ['prover'], summary: 'How this prover is, while it lives', response: { 200: Health } }
  let asked: ReturnType<typeof healthOf> | undefined
  app.get('/healthz', { schema: health, config: { rateLimit: false } }, async (_, reply) => {
    reply.header('cache-control', 'no-store')
    asked ??= healthOf(options).finally(() => {
      asked = undefined // nobody is limited here: whoever asks at the same time is answered the same
    })
    return await asked
  })

  const summary =
    'Whether the prover can do its work now: a store that writes, a chain that is followed, a fresh checkpoint'
  const ready = { tags: ['prover'], summary, response: { 200: Ready, 503: NotReady } }
  app.get('/readyz', { schema: ready }, async (_, reply) => {
    const { store, progress, clock, pollMs, signing } = options
    const missing = await findUnready({ store, progress: progress(), now: clock(), pollMs, signing })
    reply.header('cache-control', 'no-store')
    if (missing.length > 0) return reply.code(503).send({ status: 'not ready', missing })
    return reply.send({ status: 'ready', missing })
  })

  const counts = { tags: ['prover'], summary: 'Counters for Prometheus', response: { 200: counters } }
  app.get('/metrics', { schema: counts, config: { rateLimit: false } }, async (request, reply) =>
    app.inside.isFrom(request)
      ? reply.type(options.metrics.registry.contentType).send(await metricsText(options.metrics.registry))
      : reply.callNotFound(),
  )
}

function describe({ network, signer, issuer }: Options) {
  return {
    network: network.name,
    networkId: toHex(network.networkId),
    chainId: Number(network.chainId),
    noteTree: network.noteTree,
    postage: [...network.postage],
    stakes: [...network.stakes],
    payments: [...network.payments],
    connections: [...network.connections],
    checkpointRegistry: network.checkpointRegistry,
    signer: signer.address,
    issuer: { x: toHex(issuer.x), y: toHex(issuer.y) },
    nodes: network.nodes.map(({ url, key }) => ({ url, key: toHex(key) })),
  }
}

async function healthOf({ store, progress, watched, clock }: Options) {
  const since = (time: number): number => Math.max(0, Math.floor(clock() - time))
  const { fault, head, wellAt } = progress()
  const [position, newest, [block]] = await Promise.all([store.position(), store.newestSigned(), store.blocks()])
  const status: 'ok' | 'starting' | 'faulty' = fault ? 'faulty' : newest ? 'ok' : 'starting'
  return {
    status,
    operations: String(position?.operations ?? 0),
    fault,
    head: head?.toString(),
    block: block?.number.toString(),
    secondsSinceWell: wellAt === undefined ? undefined : since(wellAt),
    checkpoint: newest && describeCheckpoint(newest, since),
    nodes: [...watched().nodes].map(([url, fault]) => ({ url, ok: !fault, error: fault?.message })),
  }
}

function describeCheckpoint({ sequence, operations, checkpoint }: CheckpointRecord, since: (time: number) => number) {
  const { issuedAt } = decodeCheckpoint(checkpoint)
  return { sequence: String(sequence), operations: String(operations), ageSeconds: since(Number(issuedAt)) }
}
