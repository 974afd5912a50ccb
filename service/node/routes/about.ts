import type { NoteClass } from '@pennypost/sdk/codec'
import { type NoteKind, noteKinds, toAddress, toBase64, toHex } from '@pennypost/sdk/crypto'
import { formatAmount, formatRule, type TokenOptions } from '@pennypost/sdk/policy'
import { LANE_LIMITS, UNIT_BYTES } from '@pennypost/sdk/verifier'
import type { FastifyInstance } from 'fastify'
import { isAnswered } from '../../plugins/is-answered.ts'
import { metricsText } from '../../plugins/process-metrics.ts'
import { queryLimits } from '../query.ts'
import { findUnready } from '../readiness.ts'
import { unattendedRoom } from '../unattended.ts'
import { bodyLimits } from '../wire/body-limits.ts'
import { aboutSchemas } from './about-schemas.ts'
import type { RouteContext } from './context.ts'

/** What the node is, how it is, and what it counts. */
export async function aboutApi(app: FastifyInstance, context: RouteContext): Promise<void> {
  const { deps, about, metrics } = context

  app.get('/v1/info', { schema: aboutSchemas.info }, async () => infoOf(context))

  app.get('/healthz', { schema: aboutSchemas.health }, async (request, reply) => {
    const isUp = await isAnswered(deps.store.ping())
    const view = deps.checkpoint()
    reply.code(isUp ? 200 : 503)
    return {
      status: isUp ? 'ok' : 'the store does not answer',
      position: deps.store.position().toString(),
      checkpoint: view ? { sequence: view.latest.sequence.toString(), issuedAt: Number(view.latest.issuedAt) } : null,
      ...(app.inside.isFrom(request) && { provers: about.provers(), doubt: about.doubt() ?? null }),
    }
  })

  app.get('/readyz', { schema: aboutSchemas.ready }, async (_, reply) => {
    const missing = await findUnready({ ...deps, isFollowing: about.provers().length > 0 })
    reply.code(missing.length === 0 ? 200 : 503)
    return { status: missing.length === 0 ? 'ready' : 'not ready', missing }
  })

  app.get('/metrics', { schema: aboutSchemas.metrics }, async (request, reply) =>
    app.inside.isFrom(request)
      ? reply.type(metrics.registry.contentType).send(await metricsText(metrics.registry))
      : reply.callNotFound(),
  )
}

/** What a sender can buy, stake or pay, by kind. */
function classesOf(classes: readonly NoteClass[], token: TokenOptions) {
  const of = (kind: NoteKind) => classes.filter((entry) => entry.kind === noteKinds[kind])
  const worth = ({ number, price, unitsPerTicket, laneTtl }: NoteClass) => ({
    number,
    price: formatAmount(price, token),
    unitsPerTicket,
    laneTtl,
  })
  return {
    stampClasses: of('stamp').map(worth),
    stakeClasses: of('stake').map((entry) => ({
      ...worth(entry),
      contract: toAddress(entry.contract),
      epochLength: entry.epochLength,
      limit: entry.limit,
    })),
    payments: of('payment').map(({ contract, price, unitsPerTicket, laneTtl }) => ({
      contract: toAddress(contract),
      leastBase: formatAmount(price, token),
      unitsPerTicket,
      laneTtl,
    })),
  }
}

function infoOf({ deps, about }: RouteContext) {
  const { network, limits, key, clock } = deps
  const view = deps.checkpoint()
  const terms = deps.terms()
  const unitsPerDay = limits.unitsPerDay()
  return {
    time: Math.floor(clock()),
    nodeKey: toBase64(key.publicKey),
    network: { name: network.name, id: `0x${toHex(network.id)}` },
    decimals: terms.decimals,
    floor: formatRule(terms.floor, terms),
    defaultRule: formatRule(terms.defaultRule, terms),
    requestBits: terms.requestBits,
    unattended: { rule: formatRule(deps.unattended.rule, terms), days: deps.unattended.days, ...unattendedRoom },
    checkpointSequence: view ? view.latest.sequence.toString() : null,
    ...classesOf(view?.latest.classes ?? [], terms),
    limits: {
      bodyBytes: bodyLimits['/v1/publish'].bytes,
      unitBytes: UNIT_BYTES,
      laneUnits: LANE_LIMITS.units,
      laneSeconds: LANE_LIMITS.ttl,
      requestsPerDay: limits.requestsPerDay,
      unitsPerWalletAndDay: Number.isFinite(unitsPerDay) ? unitsPerDay : null,
      queryRows: queryLimits.rows,
      topics: queryLimits.topics,
    },
    verifier: about.verifier,
    ed25519: about.ed25519,
    durability: about.durability,
  }
}
