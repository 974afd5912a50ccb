import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { Client, type Conversation } from '../sdk/index.ts'
import { parseRule } from '../sdk/policy/index.ts'
import { startNode } from '../service/node/index.ts'
import { formatRows, interleave, type Row, timed } from './row.ts'

const rounds = 9
const messageCount = 200
const sendCount = 20

/** Our client beside `@xmtp/xmtp-js` 13 on one open node: the same account's work, step by step. */
export async function benchClient(): Promise<Row[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pennypost-bench-'))
  const everyone = parseRule('everyone')
  const node = await startNode({ port: 0, dataDir, logLevel: 'silent', rateLimits: 'off', defaultRule: everyone })
  const [stock, ours] = [await prepare(stockClients, node.url), await prepare(ourClients, node.url)]
  try {
    const steps = ['create', 'newConversation', 'letter', 'send', 'decode'] as const
    await interleave(1, [...steps.flatMap((step) => [stock[step], ours[step]])]) // warms up
    const medians = await interleave(rounds, [...steps.flatMap((step) => [stock[step], ours[step]])])
    return steps.map((step, i) => rowOf(step, medians[2 * i + 1] ?? 0, medians[2 * i] ?? 0))
  } finally {
    await Promise.all([stock.close(), ours.close()])
    await node.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

const titles = {
  create: 'create an account',
  newConversation: 'begin a conversation, with its first message',
  letter: 'begin a sealed conversation, with its first letter',
  send: 'send a message',
  decode: `read ${messageCount} messages`,
} as const

function rowOf(step: keyof typeof titles, subject: number, anchor: number): Row {
  const goal = { atMost: step === 'decode' ? 0.1 : 1 }
  return { name: titles[step], subject, anchor, ratio: subject / anchor, unit: 'ms', beside: 'xmtp-js 13', goal }
}

/** What both clients can do; the stock one's API is the older of the two. */
type Kind = {
  create(account: PrivateKeyAccount, url: string): Promise<unknown>
  begin(client: unknown, peer: string): Promise<unknown>
  send(conversation: unknown, text: string): Promise<unknown>
  read(conversation: unknown): Promise<readonly unknown[]>
  close(client: unknown): Promise<void>
}

type StockConversation = { send(text: string): Promise<unknown>; messages(): Promise<unknown[]> }
type StockClient = {
  conversations: { newConversation(peer: string): Promise<StockConversation> }
  close(): Promise<void>
}

const { Client: Stock } = createRequire(import.meta.url)('@xmtp/xmtp-js')
const stockClients: Kind = {
  create: (account, apiUrl) => Stock.create(signerOf(account), { apiUrl, env: 'local', persistConversations: false }),
  begin: (client, peer) => (client as StockClient).conversations.newConversation(peer),
  send: (conversation, text) => (conversation as StockConversation).send(text),
  read: (conversation) => (conversation as StockConversation).messages(),
  close: (client) => (client as StockClient).close(),
}

const ourClients: Kind = {
  create: (account, node) => Client.create(account, { node, network: { defaultRule: 'everyone' } }),
  begin: (client, peer) => (client as Client).conversations.new(peer),
  async send(conversation, text) {
    const sent = await (conversation as Conversation).send(text, { path: (conversation as Conversation).path })
    if (!sent.ok) throw new Error(sent.message)
  },
  read: (conversation) => (conversation as Conversation).messages(),
  close: (client) => (client as Client).close(),
}

const signerOf = (account: PrivateKeyAccount) => ({
  getAddress: async () => account.address,
  signMessage: (message: string) => account.signMessage({ message }),
})

const newAccount = () => privateKeyToAccount(generatePrivateKey())

/** Accounts of one kind of client, and its steps in milliseconds. Peers are stock accounts, so the path is the same. */
async function prepare(kind: Kind, url: string) {
  const client = await kind.create(newAccount(), url)
  const newPeer = async () => {
    const account = newAccount()
    await stockClients.close(await stockClients.create(account, url))
    return account.address
  }
  const full = await kind.begin(client, await newPeer())
  for (let i = 0; i < messageCount; i++) await kind.send(full, `message ${i} of a long conversation`)
  const short = await kind.begin(client, await newPeer())
  await kind.send(short, 'hello')

  return {
    async create() {
      const made: unknown[] = []
      const elapsed = await timed(1, async () => made.push(await kind.create(newAccount(), url)))
      for (const client of made) await kind.close(client)
      return elapsed
    },
    async newConversation() {
      const peer = await newPeer()
      return timed(1, async () => kind.send(await kind.begin(client, peer), 'hello'))
    },
    async letter() {
      const account = newAccount()
      await kind.close(await kind.create(account, url))
      return timed(1, async () => kind.send(await kind.begin(client, account.address), 'hello'))
    },
    send: () =>
      timed(sendCount, async () => {
        for (let i = 0; i < sendCount; i++) await kind.send(short, 'and one more')
      }),
    close: () => kind.close(client),
    async decode() {
      const elapsed = await timed(1, async () => {
        const messages = await kind.read(full)
        if (messages.length !== messageCount) throw new Error(`read ${messages.length} of ${messageCount} messages`)
      })
      return elapsed
    },
  }
}

if (import.meta.main) console.log(formatRows(await benchClient()))
