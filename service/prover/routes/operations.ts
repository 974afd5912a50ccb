import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { toBase64, toBytes32 } from '@pennypost/sdk/crypto'
import { Type } from 'typebox'
import type { LoggedOperation, ProverStore } from '../store/index.ts'
import { examples } from './examples.ts'
import { noCheckpoint } from './leaves.ts'
import { Count, countOf } from './queries.ts'

const maxOperations = 1_000

const Operation = Type.Object({
  index: Type.Integer(),
  kind: Type.Union([Type.Literal('append'), Type.Literal('zero')]),
  leafIndex: Type.Integer(),
  commitment: Type.Optional(
    Type.String({ description: 'Base64, 32 bytes; like all fields below, only if a leaf was appended.' }),
  ),
  classId: Type.Optional(Type.String()),
  limit: Type.Optional(Type.Integer()),
  expiry: Type.Optional(Type.Integer()),
})
const Operations = Type.Object(
  {
    total: Type.String({ description: 'How many operations the newest checkpoint covers.' }),
    operations: Type.Array(Operation),
  },
  { examples: [examples.operations] },
)

/** The note log, operation by operation, as far as it is under a signature: what changed since a client looked. */
export const operations: FastifyPluginAsyncTypebox<{ store: ProverStore }> = async (app, { store }) => {
  const querystring = Type.Object({
    after: Count('How many to skip.', '0'),
    limit: Count(`How many at most, up to ${maxOperations}.`, '10'),
  })
  const schema = { tags: ['tree'], summary: 'Operations of the note log', querystring, response: { 200: Operations } }
  app.get('/v1/operations', { schema }, async ({ query }, reply) => {
    const newest = await store.newestSigned()
    if (!newest) return noCheckpoint(reply) as never
    const page = { from: countOf(query.after, 0), limit: countOf(query.limit, maxOperations, maxOperations) }
    const found = await store.operations(newest.operations, page)
    reply.header('cache-control', 'no-cache')
    return { total: String(newest.operations), operations: found.map(operationToJson) }
  })
}

function operationToJson({ index, operation }: LoggedOperation) {
  const { kind, leafIndex } = operation
  if (operation.kind === 'zero') return { index, kind, leafIndex }
  return {
    index,
    kind,
    leafIndex,
    commitment: toBase64(toBytes32(operation.commitment)),
    classId: toBase64(toBytes32(operation.classId)),
    limit: Number(operation.limit),
    expiry: Number(operation.expiry),
  }
}
