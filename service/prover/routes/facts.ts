import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { pause } from '@pennypost/sdk/async'
import { toHex } from '@pennypost/sdk/crypto'
import { factClass, factExpiryOf } from '@pennypost/sdk/verifier'
import type { FastifyReply } from 'fastify'
import { callerOf } from '../../plugins/callers.ts'
import { sendProblem } from '../../plugins/problem.ts'
import {
  claimToJson,
  type FactJob,
  type FactOutcome,
  type FactRefusalCode,
  type Facts,
  refuse,
} from '../facts/index.ts'
import type { FactRecord } from '../store/index.ts'
import { factSchemas, maxEntries } from './fact-schemas.ts'
import { countOf } from './queries.ts'

/** Each may cost an endpoint of the chain some thirty requests. */
const rateLimit = { max: 60, timeWindow: 60_000 }
/** Each may have a thousand rows. */
const logLimit = { max: 120, timeWindow: 60_000 }
/** After so much silence a stream says that it is still there. */
const beatMs = 15_000

const statuses: Readonly<Record<FactRefusalCode, number>> = {
  'fact.malformed': 400,
  'fact.signature-invalid': 403,
  'fact.not-so': 403,
  'fact.chain-unknown': 404,
  'fact.unknown': 404,
  'fact.form-unknown': 404,
  'fact.epoch-wrong': 409,
  'fact.issued': 409,
  'fact.person-taken': 409,
  'fact.contract-missing': 422,
  'fact.token-refuses': 422,
  'fact.token-senseless': 422,
  'fact.amount-impossible': 422,
  'fact.path-wrong': 422,
  'fact.look-too-long': 422,
  'fact.attestation-unreadable': 422,
  'fact.schema-unreadable': 422,
  'fact.field-unknown': 422,
  'fact.field-unfit': 422,
  'rate.limited': 429,
  'fact.block-unavailable': 503,
  'fact.block-gone': 503,
  'chain.unavailable': 503,
}

/** Notes of facts and claims by name: to ask for one, to see what became of that, and everything that was signed. */
export const facts: FastifyPluginAsyncTypebox<{ readonly facts: Facts }> = async (app, { facts: issuer }) => {
  const asking = { schema: factSchemas.ask, config: { rateLimit }, attachValidation: true }
  app.post('/v1/facts', asking, async (request, reply) => {
    const { validationError: fault } = request
    if (fault) return answer(reply, refuse('fact.malformed', `${fault.message}.`), issuer) as never
    return answer(reply, await issuer.ask(request.body, callerOf(request)), issuer) as never
  })

  app.get('/v1/facts/:id', { schema: factSchemas.follow }, async ({ params, headers }, reply) => {
    const found =
      (await issuer.find(params.id)) ?? refuse('fact.unknown', 'Nobody has asked so, or it is forgotten: ask again.')
    const isFollowed = headers.accept?.includes('text/event-stream') && !('code' in found)
    if (isFollowed) return reply.type('text/event-stream').send(Readable.from(eventsOf(found, issuer)) as never)
    return answer(reply, found, issuer) as never
  })

  app.get('/v1/facts/log', { schema: factSchemas.log, config: { rateLimit: logLimit } }, async ({ query }, reply) => {
    const page = { after: countOf(query.after, 0), limit: countOf(query.limit, maxEntries, maxEntries) }
    const { total, entries } = await issuer.log(page)
    reply.header('cache-control', 'no-cache')
    const { x, y } = issuer.key
    return { issuer: { x: toHex(x), y: toHex(y) }, total: String(total), entries }
  })
}

function answer(reply: FastifyReply, found: FactOutcome | FactJob, issuer: Facts): FastifyReply {
  reply.header('cache-control', 'no-store')
  if (!('ok' in found)) return reply.code(202).send(waitingOf(found))
  if (found.ok) return reply.code(200).send(issuedOf(found.value, issuer))
  return sendProblem(reply, { status: statuses[found.code], code: found.code, detail: found.message })
}

const waitingOf = ({ id, progress }: FactJob) => ({ id, status: 'waiting', progress })

function issuedOf(record: FactRecord, { claims }: Facts) {
  const { id, classId, epoch } = record
  if (record.form !== 'note') return { id, status: 'issued', claim: claimToJson(claims, record) }
  const { r8x, r8y, s } = record.signature
  const terms = { classId: String(classId), limit: String(factClass.limit), expiry: String(factExpiryOf(epoch)) }
  return { id, status: 'issued', credential: { ...terms, r8x: String(r8x), r8y: String(r8y), s: String(s) } }
}

/** How far a request has come, each time that it has come further, and then what became of it. */
async function* eventsOf(found: FactOutcome | FactJob, issuer: Facts): AsyncGenerator<string> {
  if ('ok' in found) return yield lastEventOf(found, issuer)
  while (!found.isOver) {
    yield eventOf('progress', waitingOf(found))
    while (!(await isOverSoon(found.next()))) yield ': still looking\n\n'
  }
  yield lastEventOf(found.outcome, issuer)
}

/** Whether something comes before it is time to say that nothing has. */
async function isOverSoon(next: Promise<void>): Promise<boolean> {
  const waiting = new AbortController()
  const silence = pause(beatMs, waiting.signal).then(
    () => false,
    () => false,
  )
  const isOver = await Promise.race([next.then(() => true), silence])
  waiting.abort()
  return isOver
}

function lastEventOf(outcome: FactOutcome | undefined, issuer: Facts): string {
  if (outcome?.ok) return eventOf('issued', issuedOf(outcome.value, issuer))
  const { code, message } = outcome ?? { code: 'server.failed', message: 'Something failed.' }
  return eventOf('refused', { code, detail: message })
}

const eventOf = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
