import type { RefusalCode } from './refusal.ts'

/** Every refusal of a node, as `area.reason`: those of the verifier, and those of its store, its tokens and its limits. */
export type NodeRefusalCode =
  | RefusalCode
  | 'allowance.used-up'
  | 'blocks.version-too-high'
  | 'blocks.version-too-low'
  | 'body.malformed'
  | 'body.too-large'
  | 'lane.homes-differ'
  | 'lane.not-home'
  | 'lane.renewal-invalid'
  | 'lane.renewal-needed'
  | 'lane.topic-open'
  | 'lane.unknown'
  | 'method.unknown'
  | 'node.unavailable'
  | 'path.unknown'
  | 'policy.version-too-high'
  | 'policy.version-too-low'
  | 'policy.version-unknown'
  | 'query.malformed'
  | 'rate.limited'
  | 'request.bucket-full'
  | 'request.invalid'
  | 'server.failed'
  | 'token.missing'
  | 'topic.claimed'
  | 'topic.closed'
  | 'topic.lane-only'
  | 'topic.not-a-party'
  | 'topic.not-claimed'
  | 'topic.owned'
  | 'topic.owner-only'
  | 'topic.restricted'

/** What the union says, where the program runs. */
const nodeRefusalCodes: Readonly<Record<NodeRefusalCode, true>> = {
  'allowance.used-up': true,
  'blocks.version-too-high': true,
  'blocks.version-too-low': true,
  'body.malformed': true,
  'body.too-large': true,
  'connection.expired': true,
  'connection.invalid': true,
  'connection.not-for-this': true,
  'connection.revoked': true,
  'envelope.counter-too-low': true,
  'envelope.signature-invalid': true,
  'evidence.counted-twice': true,
  'evidence.malformed': true,
  'evidence.not-asked': true,
  'lane.expired': true,
  'lane.homes-differ': true,
  'lane.malformed': true,
  'lane.not-home': true,
  'lane.not-this-lane': true,
  'lane.renewal-invalid': true,
  'lane.renewal-needed': true,
  'lane.too-long': true,
  'lane.too-many-units': true,
  'lane.topic-open': true,
  'lane.unknown': true,
  'lane.used-up': true,
  'method.unknown': true,
  'node.unavailable': true,
  'path.unknown': true,
  'payment.class-unknown': true,
  'payment.malformed': true,
  'payment.no-checkpoint': true,
  'payment.not-for-this': true,
  'payment.not-in-tree': true,
  'payment.out-of-date': true,
  'payment.root-unknown': true,
  'payment.too-little': true,
  'policy.blocked': true,
  'policy.refused': true,
  'policy.version-too-high': true,
  'policy.version-too-low': true,
  'policy.version-unknown': true,
  'query.malformed': true,
  'rate.limited': true,
  'request.bucket-full': true,
  'request.invalid': true,
  'server.failed': true,
  'ticket.class-unknown': true,
  'ticket.leaked': true,
  'ticket.malformed': true,
  'ticket.no-checkpoint': true,
  'ticket.out-of-date': true,
  'ticket.proof-invalid': true,
  'ticket.root-unknown': true,
  'ticket.tags-differ': true,
  'ticket.used': true,
  'token.missing': true,
  'topic.claimed': true,
  'topic.closed': true,
  'topic.lane-only': true,
  'topic.not-a-party': true,
  'topic.not-claimed': true,
  'topic.owned': true,
  'topic.owner-only': true,
  'topic.restricted': true,
  'work.too-little': true,
}

/** Whether a node may refuse with a code. Any other is not its to say: the client's own codes above all. */
export const isNodeRefusalCode = (code: string): code is NodeRefusalCode => Object.hasOwn(nodeRefusalCodes, code)
