import type { NodeDeps } from './deps.ts'
import type { Draft } from './state/draft.ts'
import { readTallyKey } from './state/node-state.ts'
import type { Change, TopicState } from './store/index.ts'

/** What a draft comes to in the store. */
export function changeOf({ state }: Pick<NodeDeps, 'state'>, draft: Draft): Change {
  return {
    lanes: draft.changes(state.lanes).map(([, lane]) => lane),
    topics: draft
      .changes(state.topics)
      .filter(([topic, next]) => isKept(state.topics.get(topic), next))
      .map(([topic, next]) => ({ topic, ...next })),
    policies: draft.changes(state.policies).flatMap(([owner, versions]) => {
      const known = state.policies.get(owner) ?? []
      return versions.filter((version) => !known.includes(version)).map((version) => ({ owner, version }))
    }),
    blocks: draft.changes(state.blocks).map(([owner, list]) => ({ owner, list })),
    tallies: draft.changes(state.tallies).map(([key, count]) => ({ ...readTallyKey(key), count })),
  }
}

/** `used` alone is not kept: it follows from the envelopes. */
function isKept(before: TopicState | undefined, after: TopicState): boolean {
  return (
    before?.owner !== after.owner ||
    before.claimed !== after.claimed ||
    before.closed !== after.closed ||
    before.open !== after.open
  )
}
