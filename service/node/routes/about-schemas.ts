import {
  answer,
  bytes,
  exampled,
  integer,
  list,
  media,
  oneOf,
  orNull,
  text,
  uint64,
  yesOrNo,
} from '../../plugins/schema.ts'
import { aboutExamples } from './examples.ts'

// What the OpenAPI document says of the paths about the node itself.

const worth = { unitsPerTicket: integer('Units of a lane.'), laneTtl: integer('Seconds, at most.') }
const noteClass = { number: integer(), price: text('In tokens.'), ...worth }
const contract = text('An address.')

const limits = answer({
  bodyBytes: integer('Of a body for /v1/publish.'),
  unitBytes: integer('Of one unit.'),
  laneUnits: integer('Of one lane.'),
  laneSeconds: integer('Of one lane.'),
  requestsPerDay: integer('To one recipient.'),
  unitsPerWalletAndDay: orNull(integer('Without a lane; null if there is no limit.')),
  queryRows: integer('Of one page.'),
  topics: integer('Of one query.'),
})

const info = answer({
  time: integer("Unix seconds by the node's clock."),
  nodeKey: bytes('Ed25519.'),
  network: answer({ name: text(), id: text('Hex, 32 bytes.') }),
  decimals: integer("The token's."),
  floor: text('What every sender must meet.'),
  defaultRule: text('What recipients ask who have published no rule.'),
  requestBits: integer('Leading zero bits that a request costs.'),
  unattended: answer({
    rule: text('What is asked, beside the floor, for mail to an unattended address.'),
    days: integer('For which it is kept.'),
    letters: integer('Kept for one address at a time.'),
    units: integer('Kept for one address at a time.'),
  }),
  checkpointSequence: orNull(uint64('Of the newest checkpoint that is followed.')),
  stampClasses: list(answer(noteClass)),
  stakeClasses: list(
    answer({ ...noteClass, contract, epochLength: integer('Seconds.'), limit: integer('Tickets of an epoch.') }),
  ),
  payments: list(answer({ contract, leastBase: text('In tokens.'), ...worth })),
  limits,
  verifier: text('What verifies proofs.'),
  ed25519: text('What verifies signatures.'),
  durability: text('What of acknowledged mail survives.'),
})

const prover = answer(
  { url: text(), ok: yesOrNo() },
  { code: text('Of the error.'), error: text(), lastSeen: { type: 'number', description: 'Unix seconds.' } },
)
const checkpoint = answer({ sequence: uint64(), issuedAt: integer('Unix seconds.') })
const health = answer(
  {
    status: text('`ok`, or what is wrong.'),
    position: uint64('Of the newest envelope.'),
    checkpoint: orNull(checkpoint),
  },
  {
    provers: { ...list(prover), description: 'To the operator alone.' },
    doubt: orNull(text('To the operator alone: why no checkpoint is followed.')),
  },
)

const reasons = ['store.unavailable', 'checkpoint.missing', 'checkpoint.stale']
const readiness = answer({ status: oneOf(['ready', 'not ready']), missing: list(oneOf(reasons)) })

const about = (summary: string, response: object) => ({ tags: ['The node'], summary, response: { ...response } })

export const aboutSchemas = {
  info: about('Key, network, rules and limits', { 200: exampled(info, aboutExamples.info) }),
  health: about('Whether the node works, and whether its provers answer', {
    200: exampled(health, aboutExamples.health),
    503: media('The store does not answer', 'application/json', health, aboutExamples.unhealthy),
  }),
  ready: about('Whether the node can do its work now: a store that writes, a checkpoint that counts', {
    200: exampled(readiness, aboutExamples.ready),
    503: media('Not ready', 'application/json', readiness, aboutExamples.unready),
  }),
  metrics: about('To the operator alone: counters for Prometheus', {
    200: media('Counters', 'text/plain', text(), aboutExamples.metrics),
  }),
  checkpoints: {
    ...about('Signed checkpoints that the node follows, after a number, oldest first', {
      200: exampled(answer({ checkpoints: list(bytes('A SignedCheckpoint.')) }), aboutExamples.checkpoints),
    }),
    querystring: {
      type: 'object',
      properties: { after: exampled(uint64('Only those with a greater sequence number.'), '0') },
    },
  },
}
