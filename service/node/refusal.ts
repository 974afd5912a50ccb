import type { NodeRefusalCode, RefusalCode as VerifierCode, Refusal as VerifierRefusal } from '@pennypost/sdk/verifier'

/** How each of the node's own refusals is answered: HTTP status and the number gRPC clients know. */
const ownCodes = {
  'allowance.used-up': [429, 8],
  'blocks.version-too-high': [409, 9],
  'blocks.version-too-low': [409, 9],
  'body.malformed': [400, 3],
  'body.too-large': [413, 3],
  'connection.used-up': [429, 8],
  'lane.homes-differ': [409, 9],
  'lane.not-home': [409, 9],
  'lane.opened': [409, 9],
  'lane.renewal-invalid': [403, 7],
  'lane.renewal-needed': [403, 7],
  'lane.topic-open': [400, 3],
  'lane.unknown': [404, 5],
  'method.unknown': [405, 12],
  'node.unavailable': [503, 14],
  'path.unknown': [404, 5],
  'policy.version-too-high': [409, 9],
  'policy.version-too-low': [409, 9],
  'policy.version-unknown': [409, 9],
  'query.malformed': [400, 3],
  'rate.limited': [429, 8],
  'request.invalid': [400, 3],
  'request.bucket-full': [429, 8],
  'server.failed': [500, 13],
  'token.missing': [401, 16],
  'topic.claimed': [403, 7],
  'topic.closed': [403, 7],
  'topic.lane-only': [403, 7],
  'topic.not-claimed': [403, 7],
  'topic.not-a-party': [403, 7],
  'topic.owned': [403, 7],
  'topic.owner-only': [403, 7],
  'topic.restricted': [403, 7],
  'unattended.attended': [409, 9],
  'unattended.full': [429, 8],
} as const satisfies Record<Exclude<NodeRefusalCode, VerifierCode>, readonly [status: number, grpc: number]>

/** The verifier's refusals that are not plain 403s, and the errors of malformed input that are not plain 400s. */
const otherCodes: Readonly<Record<string, readonly [status: number, grpc: number]>> = {
  'claim.malformed': [400, 3],
  'claim.no-checkpoint': [503, 14],
  'claim.used': [409, 9],
  'credential.malformed': [400, 3],
  'credential.no-checkpoint': [503, 14],
  'credential.used': [409, 9],
  'database.busy': [503, 14],
  'database.unavailable': [503, 14],
  'envelope.counter-too-low': [409, 9],
  'evidence.malformed': [400, 3],
  'holding.malformed': [400, 3],
  'holding.no-checkpoint': [503, 14],
  'lane.malformed': [400, 3],
  'payment.malformed': [400, 3],
  'payment.no-checkpoint': [503, 14],
  'ticket.malformed': [400, 3],
  'ticket.no-checkpoint': [503, 14],
  'ticket.used': [409, 9],
  'token.expired': [401, 16],
  'token.from-future': [401, 16],
  'token.invalid': [401, 16],
  'token.malformed': [401, 16],
}

/** Why something is not accepted: an expected answer, not an error. Branch on `code`. */
export type Refusal = Omit<VerifierRefusal, 'code' | 'cheat'> & {
  readonly code: NodeRefusalCode
  /** Where the lane can be opened instead. */
  readonly home?: string | undefined
}

/** A refusal with its code and its sentence. */
export function refuse(code: NodeRefusalCode, message: string, facts: Pick<Refusal, 'missing' | 'home'> = {}): Refusal {
  return { ok: false, code, message, ...facts }
}

/** How a code is answered: HTTP status and gRPC number. Malformed input is 400, what a verifier refuses 403. */
export function statusOf(
  code: string,
  { isMalformed }: { readonly isMalformed: boolean },
): { status: number; grpc: number } {
  const known = Object.hasOwn(ownCodes, code) ? ownCodes[code as keyof typeof ownCodes] : otherCodes[code]
  const [status, grpc] = known ?? (isMalformed ? [400, 3] : [403, 7])
  return { status, grpc }
}
