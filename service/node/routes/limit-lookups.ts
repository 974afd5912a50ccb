import type { FastifyRequest } from 'fastify'
import { callerOf } from '../../plugins/callers.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { RouteContext } from './context.ts'

/** What is known of an envelope's topic, its recipient and its sender takes about as many. */
const ofEnvelope = 20

/** What a publish looks up beyond its first envelope, which the number of requests bounds. */
export const lookupsOf = ({ length }: readonly unknown[]): number => Math.max(0, length - 1) * ofEnvelope

/** Each topic that is asked for is looked up in the store: a caller has so many in a minute. */
export function limitLookups({ lookups }: RouteContext, request: FastifyRequest, topics: number): Refusal | undefined {
  return lookups.take(callerOf(request), topics) ? undefined : tooManyTopics
}

const tooManyTopics = refuse('rate.limited', 'Too many topics. Wait a minute.')
