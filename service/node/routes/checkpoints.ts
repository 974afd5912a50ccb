import { toBase64 } from '@pennypost/sdk/crypto'
import type { FastifyInstance } from 'fastify'
import { uint64Of } from '../../plugins/json.ts'
import { checkpointsPerPage, withinAnswer } from '../../plugins/read-checkpoints.ts'
import { aboutSchemas } from './about-schemas.ts'
import type { RouteContext } from './context.ts'

/** The checkpoints that the node follows, as provers serve theirs: for whoever watches whether they are true. */
export async function checkpointApi(app: FastifyInstance, { deps }: RouteContext): Promise<void> {
  app.get('/v1/checkpoints', { schema: aboutSchemas.checkpoints }, async ({ query }) => {
    const { after = '0' } = query as { after?: string }
    const signed = await deps.store.checkpointsAfter(least(uint64Of(after), largest), checkpointsPerPage)
    return { checkpoints: withinAnswer(signed).map(toBase64) }
  })
}

/** What the store can compare with. */
const largest = 2n ** 63n - 1n
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
