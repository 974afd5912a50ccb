import { createPublicClient, createWalletClient, type Hex, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { loadTicketArtifacts } from '../../sdk/evidence/index.ts'
import { Client, type ClientEvent, type Message } from '../../sdk/index.ts'

// What an application's page does, for a test to call step by step.

/** Where the network is, and whose account this is. */
export type PageConfig = {
  readonly key: Hex
  readonly rpcUrl: string
  readonly node: string
  readonly prover: string
  readonly network: { readonly name: string; readonly signers: readonly Hex[]; readonly threshold: number }
  readonly token: Hex
  readonly postage: Hex
}

let client: Client
const events: ClientEvent[] = []

const shown = ({ sender, content }: Message) => ({ sender, content })
const provingSteps = () => events.flatMap((event) => (event.kind === 'proving' ? [event.step] : []))

const app = {
  async create({ key, rpcUrl, node, prover, network, token, postage }: PageConfig) {
    const [account, transport] = [privateKeyToAccount(key), http(rpcUrl)]
    const publicClient = createPublicClient({ chain: hardhat, transport, pollingInterval: 50, cacheTime: 0 })
    const walletClient = createWalletClient({ chain: hardhat, transport, account })
    client = await Client.create(walletClient, {
      node,
      prover,
      network,
      chain: { publicClient, walletClient, token, postage },
      artifacts: (options) => loadTicketArtifacts({ folder: '/keys', ...options }),
      workerUrl: '/prove-worker.js',
      privacy: { copySeconds: 0 }, // another tab is to find the letter at once
      onProgress: (event) => events.push(event),
    })
    return { address: client.address, network: client.network }
  },

  async buy(count: number) {
    const { limit } = await client.stamps.buy({ count })
    return { limit, balance: (await client.stamps.balance()).stamps }
  },

  /** Aborts as soon as the proof has begun; answers what came of it. */
  async sendAndAbort(peer: string, text: string) {
    events.length = 0
    const controller = new AbortController()
    const conversation = await client.conversations.new(peer)
    const onProgress = (event: ClientEvent) => {
      if (event.kind === 'proving' && event.step === 'proving') controller.abort(new Error('never mind'))
    }
    const outcome = await conversation
      .send(text, { signal: controller.signal, onProgress })
      .then(String, (error: Error) => error.message)
    return { outcome, steps: provingSteps() }
  },

  /** Sends; `ticks` says how often the page could do something else meanwhile. */
  async send(peer: string, text: string) {
    events.length = 0
    let ticks = 0
    const timer = setInterval(() => ticks++, 20)
    const conversation = await client.conversations.new(peer)
    const sent = await conversation.send(text)
    clearInterval(timer)
    return { sent, ticks, steps: provingSteps(), balance: (await client.stamps.balance()).stamps }
  },

  /** Sends; answers what came of it, or the code of the error. */
  async attempt(peer: string, text: string) {
    const conversation = await client.conversations.new(peer)
    return conversation.send(text).then(
      (sent) => (sent.ok ? 'delivered' : sent.code),
      (error: { code?: string }) => error.code ?? String(error),
    )
  },

  /** Listens; answers how to wait for the next message of somebody else. */
  async listen() {
    const controller = new AbortController()
    const stream = await client.streamAllMessages({ signal: controller.signal })
    const next = (async () => {
      for await (const message of stream) {
        if (message.sender !== client.address) return shown(message)
      }
      return undefined
    })()
    this.heard = async () => {
      const message = await next
      controller.abort()
      return message
    }
  },

  heard: async (): Promise<ReturnType<typeof shown> | undefined> => undefined,

  /** Every conversation, with its messages. */
  async read() {
    const conversations = await client.conversations.list()
    return Promise.all(
      conversations.map(async (conversation) => ({
        peer: conversation.peerAddress,
        kind: conversation.kind,
        messages: (await conversation.messages()).map(shown),
      })),
    )
  },

  identitySteps: () => events.flatMap((event) => (event.kind === 'identity' ? [event.step] : [])),
}

/** What the page offers to the test. */
export type App = typeof app

Object.assign(globalThis, { app })
