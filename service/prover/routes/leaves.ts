import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { concatBytes, toBase64 } from '@pennypost/sdk/crypto'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { sendProblem } from '../../plugins/problem.ts'
import type { CheckpointRecord, ProverStore } from '../store/index.ts'
import { examples } from './examples.ts'
import { Count, countOf, mostTree } from './queries.ts'

const maxLeaves = 16_384
/** A page costs the database a tenth of a second. */
const rateLimit = { max: 120, timeWindow: 60_000 }
const briefly = 'public, max-age=60'

const Leaves = Type.Object(
  {
    operations: Type.String({ description: 'The number of log operations after which these are the leaves.' }),
    tree: Type.Integer(),
    capacity: Type.Integer({ description: 'How many leaves a tree has room for; the next is begun when it is full.' }),
    size: Type.Integer({ description: 'How many leaves the tree then has, including zeroed ones.' }),
    from: Type.Integer(),
    leaves: Type.String({ description: 'Concatenated, 32 bytes each, big-endian, base64; a zeroed leaf is 0.' }),
  },
  { examples: [examples.leaves] },
)

type Options = { readonly store: ProverStore; readonly capacity: number }

/** One tree's leaves as they are after some number of operations: the snapshot that a client looks for its notes in. */
export const leaves: FastifyPluginAsyncTypebox<Options> = async (app, { store, capacity }) => {
  const querystring = Type.Object({
    operations: Count("After this many operations; by default the newest checkpoint's.", '1'),
    tree: Count('The number of the tree, from 0.', '0'),
    from: Count('The first leaf of the tree.', '0'),
    limit: Count(`How many at most, up to ${maxLeaves}.`, '10'),
  })
  const schema = {
    tags: ['tree'],
    summary: 'Leaves of a note tree; as bytes for who accepts application/octet-stream',
    querystring,
    response: { 200: Leaves },
  }
  app.get('/v1/leaves', { schema, config: { rateLimit } }, async ({ query, headers }, reply) => {
    const newest = await store.newestSigned()
    if (!newest) return noCheckpoint(reply) as never
    const operations = countOf(query.operations, newest.operations)
    if (operations > newest.operations) return notSigned(reply, newest) as never

    const [tree, from] = [countOf(query.tree, 0, mostTree), countOf(query.from, 0, capacity)]
    const limit = Math.min(countOf(query.limit, maxLeaves, maxLeaves), capacity - from)
    const page = await store.leaves(operations, { from: tree * capacity + from, limit })
    const size = Math.min(capacity, Math.max(0, page.size - tree * capacity))
    const bytes = concatBytes(...page.leaves)
    reply.header('cache-control', query.operations === undefined ? 'no-cache' : briefly).header('vary', 'accept')
    if (!headers.accept?.includes('application/octet-stream')) {
      return { operations: String(operations), tree, capacity, size, from, leaves: toBase64(bytes) }
    }
    reply.header('pennypost-operations', operations).header('pennypost-size', size)
    return reply.type('application/octet-stream').send(Buffer.from(bytes) as never)
  })
}

/** What is asked for is not under any signature yet. */
export function notSigned(reply: FastifyReply, { operations }: CheckpointRecord): FastifyReply {
  const detail = `The newest checkpoint covers ${operations} operations.`
  return sendProblem(reply, { status: 404, code: 'operations.not-signed', detail })
}

/** Nothing is under any signature yet. */
export function noCheckpoint(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, { status: 404, code: 'checkpoint.none', detail: 'None is signed yet.' })
}
