import { type RefusalCode, refusalCodes } from './refusal.ts'

/** The refusals of a node that are not the verifier's: those of its store, its tokens and its limits. */
const ownCodes = [
  'allowance.used-up',
  'blocks.version-too-high',
  'blocks.version-too-low',
  'body.malformed',
  'body.too-large',
  'connection.used-up',
  'lane.homes-differ',
  'lane.not-home',
  'lane.opened',
  'lane.renewal-invalid',
  'lane.renewal-needed',
  'lane.topic-open',
  'lane.unknown',
  'method.unknown',
  'node.unavailable',
  'path.unknown',
  'policy.version-too-high',
  'policy.version-too-low',
  'policy.version-unknown',
  'query.malformed',
  'rate.limited',
  'request.bucket-full',
  'request.invalid',
  'server.failed',
  'token.missing',
  'topic.claimed',
  'topic.closed',
  'topic.lane-only',
  'topic.not-a-party',
  'topic.not-claimed',
  'topic.owned',
  'topic.owner-only',
  'topic.restricted',
  'unattended.attended',
  'unattended.full',
] as const

/** Every refusal of a node, as `area.reason`. */
export type NodeRefusalCode = RefusalCode | (typeof ownCodes)[number]

export const nodeRefusalCodes: ReadonlySet<string> = new Set([...refusalCodes, ...ownCodes])

/** Whether a node may refuse with a code. Any other is not its to say: the client's own codes above all. */
export const isNodeRefusalCode = (code: string): code is NodeRefusalCode => nodeRefusalCodes.has(code)
