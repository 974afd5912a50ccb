import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client, type Conversation } from '../../../sdk/index.ts'
import type { Fetch } from '../../../sdk/transport/index.ts'
import { atOnce, startTestNetwork, type TestNetwork } from '../../helpers/network.ts'

// A node that takes every request and never answers: whatever waits for it ends with its signal.

let network: TestNetwork
let bob: Client
beforeAll(async () => {
  network = await startTestNetwork()
  bob = await network.client()
  await bob.policy.set('everyone')
}, 120_000)
afterAll(() => network?.close())

/** A fetch that can fall silent. */
function createMutable() {
  const state = { isMute: false }
  const fetch: Fetch = (url, init) => {
    if (!state.isMute) return globalThis.fetch(url, init)
    return new Promise((_, reject) => {
      const stop = () => reject(init.signal?.reason)
      if (init.signal?.aborted) stop()
      init.signal?.addEventListener('abort', stop)
    })
  }
  return { state, fetch }
}

type Call = (client: Client, conversation: Conversation, signal: AbortSignal) => Promise<unknown>

const calls: readonly (readonly [string, Call])[] = [
  ['conversations.new', (client, _, signal) => client.conversations.new(`0x${'1'.repeat(40)}`, { signal })],
  ['conversations.list', (client, _, signal) => client.conversations.list({ signal })],
  ['conversations.stream', (client, _, signal) => client.conversations.stream({ signal })],
  ['quote', (_, conversation, signal) => conversation.quote({ signal })],
  ['send', (_, conversation, signal) => conversation.send('gm', { signal })],
  ['stream', (_, conversation, signal) => conversation.stream({ signal })],
  ['messages', (_, conversation, signal) => conversation.messages({ signal })],
  ['streamAllMessages', (client, _, signal) => client.streamAllMessages({ signal })],
  ['stamps.balance', (client, _, signal) => client.stamps.balance({ signal })],
  ['policy.get', (client, _, signal) => client.policy.get(undefined, { signal })],
  ['policy.set', (client, _, signal) => client.policy.set('everyone', { signal })],
  ['policy.rotateKey', (client, _, signal) => client.policy.rotateKey({ signal })],
  ['connections.grant', (client, _, signal) => client.connections.grant(bob.address, { signal })],
  ['connections.revoke', (client, _, signal) => client.connections.revoke(bob.address, { signal })],
  ['block', (client, _, signal) => client.block(bob.address, { signal })],
  ['unblock', (client, _, signal) => client.unblock(bob.address, { signal })],
  ['canMessage', (client, _, signal) => client.canMessage(bob.address, { signal })],
  ['consent', (client, _, signal) => client.consent(bob.address, { signal })],
  [
    'openWalletLane',
    (client, _, signal) => client.openWalletLane({ wallet: bob.address, recipient: bob.address }, { signal }),
  ],
  [
    'Client.create',
    (client, _, signal) =>
      Client.create(network.connect(`0x${'7'.repeat(64)}`).account, {
        ...network.options({ signal, ...silent }),
        privacy: client ? atOnce : {},
      }),
  ],
]

const silent = (() => {
  const { state, fetch } = createMutable()
  state.isMute = true
  return { fetch, anonymousFetch: fetch }
})()

describe('a call to a node that never answers', { timeout: 30_000 }, () => {
  test.each(calls)('%s ends with its signal', async (name, call) => {
    const { state, fetch } = createMutable()
    const client = await network.client({ ...(await network.purse(0)), fetch })
    const conversation = await client.conversations.new(bob.address)
    if (name === 'messages' || name === 'stream') await conversation.send('gm')
    state.isMute = true
    const started = performance.now()
    const controller = new AbortController()
    const stop = setTimeout(() => controller.abort(new Error('enough')), 300)
    if (name === 'stamps.balance') await call(client, conversation, controller.signal).catch(() => undefined)
    else await expect(call(client, conversation, controller.signal)).rejects.toThrow('enough')
    expect(performance.now() - started).toBeLessThan(3_000)
    clearTimeout(stop)
    state.isMute = false
  })
})
