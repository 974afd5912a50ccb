import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { concatBytes, toBase64 } from '@pennypost/sdk/crypto'
import { Type } from 'typebox'
import type { ProverStore } from '../store/index.ts'
import { examples } from './examples.ts'
import { noCheckpoint, notSigned } from './leaves.ts'
import { Count, countOf, mostTree } from './queries.ts'

/** A thousand looks into an index. */
const rateLimit = { max: 120, timeWindow: 60_000 }

const Nodes = Type.Object(
  {
    operations: Type.String({ description: 'The number of log operations after which these are the nodes.' }),
    tree: Type.Integer(),
    nodes: Type.String({ description: 'Concatenated, 32 bytes each, big-endian, base64.' }),
  },
  { examples: [examples.nodes] },
)

/**
 * The nodes of one tree at level 10, each over 1,024 leaves: with them a client hashes a thousand leaves and not a million,
 * and nobody learns which.
 */
export const nodes: FastifyPluginAsyncTypebox<{ store: ProverStore }> = async (app, { store }) => {
  const querystring = Type.Object({
    operations: Count("After this many operations; by default the newest checkpoint's.", '1'),
    tree: Count('The number of the tree, from 0.', '0'),
  })
  const schema = { tags: ['tree'], summary: 'Subtrees of a note tree', querystring, response: { 200: Nodes } }
  app.get('/v1/nodes', { schema, config: { rateLimit } }, async ({ query }, reply) => {
    const newest = await store.newestSigned()
    if (!newest) return noCheckpoint(reply) as never
    const operations = countOf(query.operations, newest.operations)
    if (operations > newest.operations) return notSigned(reply, newest) as never

    const tree = countOf(query.tree, 0, mostTree)
    const found = await store.nodes(operations, tree)
    reply.header('cache-control', query.operations === undefined ? 'no-cache' : 'public, max-age=60')
    return { operations: String(operations), tree, nodes: toBase64(concatBytes(...found)) }
  })
}
