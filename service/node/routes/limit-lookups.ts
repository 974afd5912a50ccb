import type { FastifyRequest } from 'fastify'
import { callerOf } from '../../plugins/callers.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { RouteContext } from './context.ts'

/** Each topic that is asked for is looked up in the store: a caller has so many in a minute. */
export function limitLookups({ lookups }: RouteContext, request: FastifyRequest, topics: number): Refusal | undefined {
  return lookups.take(callerOf(request), topics) ? undefined : tooManyTopics
}

const tooManyTopics = refuse('rate.limited', 'Too many topics. Wait a minute.')
