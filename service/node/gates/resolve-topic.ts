import { parseTopic, type Topic } from '@pennypost/sdk/codec'

/** A topic taken apart, with the key of its state: an ephemeral topic shares that of its stored one. */
export type ResolvedTopic = { readonly topic: string; readonly parsed: Topic; readonly stateKey: string }

/** Throws where the topic is outside the grammar. */
export function resolveTopic(topic: string): ResolvedTopic {
  const parsed = parseTopic(topic)
  return { topic, parsed, stateKey: parsed.ephemeral ? topic.replace(/^(\/xmtp\/0\/d?m)E-/, '$1-') : topic }
}
