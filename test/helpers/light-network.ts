import { privateKeyToAccount } from 'viem/accounts'
import { Client, type ClientOptions } from '../../sdk/index.ts'
import { type NodeConfig, startNode } from '../../service/node/index.ts'
import { createRecording } from './recording.ts'

/** Nothing waits: for tests of what is done, not of when. */
export const atOnce = { copySeconds: 0, joinSeconds: 0, answerSeconds: 0, prepareSeconds: 0, waitSeconds: 0 } as const

/** Work is next to nothing, so that first letters cost no time. */
const requestBits = 1

/** A client's wallet: of a repeated byte, or anything that signs. */
type Who = number | Parameters<typeof Client.create>[0]

const accountOf = (byte: number) => privateKeyToAccount(`0x${byte.toString(16).padStart(2, '0').repeat(32)}`)

/** A node in memory and nothing else, where strangers write by a little work: for tests of what needs no chain. */
export async function startLightNetwork(config: Partial<NodeConfig> = {}, edges: Parameters<typeof startNode>[1] = {}) {
  const rules = { port: 0, dataDir: undefined, logLevel: 'silent', rateLimits: 'off', requestBits, ...config } as const
  const node = await startNode(rules, edges)
  const clients: Client[] = []
  const options = (more: Partial<ClientOptions> = {}): ClientOptions => ({
    node: node.url,
    network: { requestBits },
    privacy: atOnce,
    ...(more.fetch && { anonymousFetch: more.fetch }),
    ...more,
  })
  async function client(who: Who, more: Partial<ClientOptions> = {}): Promise<Client> {
    const client = await Client.create(typeof who === 'number' ? accountOf(who) : who, options(more))
    clients.push(client)
    return client
  }
  return {
    url: node.url,
    metricsUrl: node.metricsUrl,
    options,
    client,
    wallet: accountOf,
    /** A client with a record of all that it sends. */
    async watched(who: Who, more: Partial<ClientOptions> = {}) {
      const recording = createRecording()
      return { recording, client: await client(who, { fetch: recording.fetch, ...more }) }
    },
    async close() {
      await Promise.all(clients.map((one) => one.close()))
      await node.close()
    },
  }
}

export type LightNetwork = Awaited<ReturnType<typeof startLightNetwork>>

/** A letter or a message, which must be accepted. */
export async function write(from: Client, to: Pick<Client, 'address'>, text: string, id?: string): Promise<void> {
  const about = id === undefined ? {} : { context: { conversationId: id } }
  const sent = await (await from.conversations.new(to.address, about)).send(text, { maxEffort: 60 })
  if (!sent.ok) throw new Error(`${sent.code}: ${sent.message}`)
}

/** All texts that an account reads, in all its conversations. */
export async function textsOf(client: Client): Promise<unknown[]> {
  const conversations = await client.conversations.list()
  const read = await Promise.all(conversations.map((one) => one.messages()))
  return read.flat().map(({ content }) => content)
}
