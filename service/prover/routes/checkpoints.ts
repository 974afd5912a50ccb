import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { toBase64 } from '@pennypost/sdk/crypto'
import { Type } from 'typebox'
import { sendProblem } from '../../plugins/problem.ts'
import { problemAnswer } from '../../plugins/problem-schema.ts'
import { withinAnswer } from '../../plugins/read-checkpoints.ts'
import type { ProverStore } from '../store/index.ts'
import { examples, noCheckpointYet } from './examples.ts'
import { Count, countOf } from './queries.ts'

const maxCheckpoints = 100

const Signed = Type.String({ description: 'A SignedCheckpoint of pennypost.v1, base64.' })
const Checkpoints = Type.Object({ checkpoints: Type.Array(Signed) }, { examples: [examples.checkpoints] })
const Checkpoint = Type.Object({ checkpoint: Signed }, { examples: [examples.checkpoint] })
const none = { '4xx': problemAnswer('There is none', noCheckpointYet) }

type Source = {
  readonly store: ProverStore
  /** The checkpoint that waits for signatures, with those it has. */
  readonly proposed: () => Uint8Array | undefined
}

/** Signed checkpoints, oldest first, and the newest; and the one that other signers are asked to sign. */
export const checkpoints: FastifyPluginAsyncTypebox<Source> = async (app, { store, proposed }) => {
  const querystring = Type.Object({
    after: Count('Only those with a greater sequence number.', '0'),
    limit: Count(`How many at most, up to ${maxCheckpoints}.`, '10'),
  })
  const list = { tags: ['checkpoints'], summary: 'Checkpoints after one', querystring, response: { 200: Checkpoints } }
  app.get('/v1/checkpoints', { schema: list }, async ({ query }, reply) => {
    const limit = countOf(query.limit, maxCheckpoints, maxCheckpoints)
    const signed = await store.signedAfter(BigInt(query.after ?? 0), limit)
    reply.header('cache-control', 'no-cache')
    return { checkpoints: withinAnswer(signed).map(toBase64) }
  })

  const latest = { tags: ['checkpoints'], summary: 'The newest checkpoint', response: { 200: Checkpoint, ...none } }
  app.get('/v1/checkpoints/latest', { schema: latest }, async (_, reply) => {
    const newest = await store.newestSigned()
    reply.header('cache-control', 'no-cache')
    if (newest?.signed) return { checkpoint: toBase64(newest.signed) }
    return sendProblem(reply, { status: 404, code: 'checkpoint.none', detail: 'None is signed yet.' }) as never
  })

  const next = {
    tags: ['checkpoints'],
    summary: 'The checkpoint that waits for more signatures',
    response: { 200: Checkpoint, ...none },
  }
  app.get('/v1/checkpoints/proposed', { schema: next }, async (_, reply) => {
    const signed = proposed()
    reply.header('cache-control', 'no-cache')
    if (signed) return { checkpoint: toBase64(signed) }
    return sendProblem(reply, { status: 404, code: 'checkpoint.none', detail: 'None waits for signatures.' }) as never
  })
}
