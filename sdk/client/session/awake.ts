import { exponentialDelay, orAborted } from '../../async.ts'
import type { AnonymousNode } from '../../transport/index.ts'
import type { Session } from './session.ts'

type Edges = Pick<Session, 'privacy' | 'sleep' | 'random' | 'signal'>

/** A random while, counted from now, for whoever should not be seen to come and write in one moment. */
export function randomWait({ privacy, sleep, random, signal }: Edges): Promise<void> {
  if (privacy.waitSeconds === 0) return Promise.resolve()
  return sleep(exponentialDelay(privacy.waitSeconds * 1000, random), signal)
}

/** A node that is asked nothing before a promise has come true: every request waits for that, and then no more. */
export function askLater(node: AnonymousNode, awake: Promise<void>): AnonymousNode {
  const wait = (options: { readonly signal?: AbortSignal | undefined } = {}) => orAborted(awake, options.signal)
  return {
    kind: 'anonymous',
    openLane: async (request, options) => {
      await wait(options)
      return node.openLane(request, options)
    },
    publishLane: async (request, options) => {
      await wait(options)
      return node.publishLane(request, options)
    },
    closeTopic: async (request, options) => {
      await wait(options)
      return node.closeTopic(request, options)
    },
    queryPage: async (request, options) => {
      await wait(options)
      return node.queryPage(request, options)
    },
    async *query(request, options) {
      await wait(options)
      yield* node.query(request, options)
    },
    batchQuery: async (requests, options) => {
      await wait(options)
      return node.batchQuery(requests, options)
    },
    subscribe: async (options) => {
      await wait(options)
      return node.subscribe(options)
    },
    info: async (options) => {
      await wait(options)
      return node.info(options)
    },
  }
}
