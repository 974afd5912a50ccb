import { toBase64 } from '@pennypost/sdk/crypto'
import type { FastifyInstance } from 'fastify'
import { callerOf } from '../../plugins/callers.ts'
import { uint64Of } from '../../plugins/json.ts'
import { checkpointsPerPage, withinAnswer } from '../../plugins/read-checkpoints.ts'
import { sendRefusal } from '../wire/refusals.ts'
import { aboutSchemas } from './about-schemas.ts'
import type { RouteContext } from './context.ts'

/** The checkpoints that the node follows, as provers serve theirs: for whoever watches whether they are true. */
export async function checkpointApi(app: FastifyInstance, { deps, answers }: RouteContext): Promise<void> {
  app.get('/v1/checkpoints', { schema: aboutSchemas.checkpoints }, async (request, reply) => {
    const { after = '0' } = request.query as { after?: string }
    const sequence = least(uint64Of(after), largest)
    const find = async () => {
      const signed = await deps.store.checkpointsAfter(sequence, checkpointsPerPage)
      return { ok: true as const, signed: withinAnswer(signed) }
    }
    const result = await answers.read(callerOf(request), find, ({ signed }) =>
      signed.reduce((sum, { length }) => sum + length, 0),
    )
    return result.ok ? { checkpoints: result.signed.map(toBase64) } : sendRefusal(request, reply, result)
  })
}

/** What the store can compare with. */
const largest = 2n ** 63n - 1n
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
