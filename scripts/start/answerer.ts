import { generatePrivateKey } from 'viem/accounts'
import { Client, type Message } from '../../sdk/index.ts'
import { must } from './cast.ts'
import type { LocalNetwork } from './network.ts'

/** An account that answers whoever writes to it. */
export type Answerer = { readonly address: string; close(): Promise<void> }

/** Somebody to write to: a second of work opens its letterbox, as often as one likes. */
const rule = 'work 16'
/** How its answers begin: two of its kind do not answer each other for ever. */
const opening = 'Thank you for'

/** Keeps an account that reads what comes, and answers it. */
export async function startAnswerer(network: LocalNetwork): Promise<Answerer> {
  const { node, prover, trust } = network
  const { account } = network.connect(generatePrivateKey())
  const client = await Client.create(account, {
    node: node.url,
    prover: prover.url,
    network: trust,
    privacy: { copySeconds: 0, joinSeconds: 0, answerSeconds: 0, prepareSeconds: 0 }, // nobody is to be hidden here
  })
  must(await client.policy.set(rule))
  const closing = new AbortController()
  const answering = answerAll(client, closing.signal)
  return {
    address: client.address,
    async close() {
      closing.abort()
      await answering
      await client.close()
    },
  }
}

async function answerAll(client: Client, signal: AbortSignal): Promise<void> {
  try {
    for await (const message of await client.streamAllMessages({ signal })) await answer(client, message)
  } catch (error) {
    if (!signal.aborted) console.error('Nobody answers any more:', error)
  }
}

async function answer(client: Client, { sender, content, fallback, topic }: Message): Promise<void> {
  const text = String(content ?? fallback)
  if (sender === client.address || text.startsWith(opening)) return
  const conversation = (await client.conversations.list()).find((one) => one.topic === topic)
  const result = await conversation?.send(`${opening} “${text.slice(0, 200)}”. I answer everybody.`)
  if (!result?.ok) console.error(`No answer for ${sender}: ${result?.message}`)
}
