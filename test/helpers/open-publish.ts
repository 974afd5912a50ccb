import type { Hex } from 'viem'
import { ownedTopic } from '../../sdk/codec/index.ts'
import { randomBytes } from '../../sdk/crypto/index.ts'
import { createToken, openBackup } from '../../sdk/identity/index.ts'
import { createAnonymousNode, createNamedNode, NodeRefusedError } from '../../sdk/transport/index.ts'
import type { TestNetwork } from './network.ts'

/** Publishes what stock apps begin conversations with, in the name of an account: `accepted`, or the code of the refusal. */
export async function publishOpenly({ node, connect }: TestNetwork, key: Hex, topic: string): Promise<string> {
  const { account } = connect(key)
  const topics = [ownedTopic('privatestore', account.address)]
  const page = await createAnonymousNode({ url: node.url }).queryPage({ contentTopics: topics })
  const identity = await openBackup(page.envelopes[0]!.message, account)
  const now = BigInt(Date.now()) * 1_000_000n
  const named = createNamedNode({ url: node.url, token: () => createToken(identity, now) })
  const envelope = { contentTopic: topic, timestampNs: now, message: randomBytes(200) }
  return named.publish([envelope]).then(
    () => 'accepted',
    (error) => (error instanceof NodeRefusedError ? String(error.problem.reason) : Promise.reject(error)),
  )
}

/** Waits of a client that a test ends. */
export function createWaits() {
  const waiting = new Set<() => void>()
  return {
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        waiting.add(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason))
      }),
    wake() {
      for (const resolve of waiting) resolve()
      waiting.clear()
    },
  }
}
