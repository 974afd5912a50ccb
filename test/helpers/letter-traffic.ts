import { privateKeyToAccount } from 'viem/accounts'
import { createQueue } from '../../sdk/async.ts'
import { createParts } from '../../sdk/client/create-client.ts'
import { fromBytes, toHex } from '../../sdk/crypto/index.ts'
import { Client, type ClientOptions, type Conversation, type Storage } from '../../sdk/index.ts'
import { noteCommitment, personOf } from '../../sdk/notes/index.ts'
import type { Fetch } from '../../sdk/transport/index.ts'
import type { Dice } from './dice.ts'
import type { Seen } from './observer.ts'
import { artifacts, workerUrl } from './proving-worker.ts'
import type { SimulatedNetwork } from './simulated-network.ts'

/** What the client's privacy costs in seconds; see the SDK's page. */
export type Privacy = Partial<import('../../sdk/index.ts').Privacy>

/** Somebody with an account, who may be away. */
export type Person = {
  readonly address: string
  /** Comes: logs in, and opens an inbox as an application would. */
  come(privacy?: Privacy, answers?: Answers): Promise<Presence>
  /** Buys a book of so many stamps, in a run of its own. */
  buy(limit: number): Promise<void>
}

/** Somebody who is there. */
export type Presence = {
  readonly client: Client
  /** Writes a letter about something new, and answers what only those who know can say of it. */
  write(to: string): Promise<Letter>
  leave(): Promise<void>
}

/** How many letters somebody answers, and after how many seconds on average. */
export type Answers = { readonly share: number; readonly seconds: number }

/** The truth about a letter. */
export type Letter = {
  readonly sender: string
  readonly recipient: string
  readonly topic: string
  /** The request that brought it to the node. */
  readonly request: Seen
}

/** How people use their inboxes, in seconds on average. */
const habits = { lookSeconds: 900, composeSeconds: 20 } as const

type Options = { readonly network: SimulatedNetwork; readonly dice: Dice; readonly name: string }

/** The edges of a client as it is, and those that it gets. */
type Edges = ClientOptions & {
  readonly sleep: SimulatedNetwork['time']['sleep']
  readonly anonymousFetch: ClientOptions['fetch']
  readonly privacy?: Privacy
}

/** Somebody with a wallet that the name fixes. */
export function createPerson({ network, dice, name }: Options): Person {
  const wallet = privateKeyToAccount(`0x${toHex(dice.fork(`${name}/wallet`).bytes(32))}`)
  let visits = 0

  function start(privacy: Privacy | undefined) {
    const chance = dice.fork(`${name}/${visits++}`)
    const requests: Seen[] = []
    const fetch = network.fetchFor((request) => void requests.push(request))
    const { time, url, proverUrl, terms } = network
    const { now, sleep } = time
    const edges: Edges = {
      node: url,
      prover: proverUrl,
      network: terms,
      artifacts,
      workerUrl,
      fetch,
      anonymousFetch: withoutToken(fetch),
      now,
      sleep,
      random: chance.fork('client').bytes,
      storage: ofThisVisit(),
      ...(privacy && { privacy }),
    }
    return { chance, requests, edges }
  }

  return {
    address: wallet.address,
    async come(privacy, answers = { share: 0, seconds: 0 }) {
      const { chance, requests, edges } = start(privacy)
      const client = await Client.create(wallet, edges)
      return openInbox({ network, client, requests, dice: chance, answers })
    },
    async buy(limit) {
      const { chance, edges } = start(undefined)
      const { mailroom, end } = await createParts(wallet, edges)
      const { keyring, log, copies } = mailroom.session
      const person = personOf(keyring.identity.keys.identityKey.secret)
      const secret = chance.fork('book').bytes(31)
      const sold = network.prover.append(noteCommitment({ secret: fromBytes(secret), person }), limit)
      const padded = Uint8Array.of(0, ...secret)
      await log.append({ case: 'book', value: { secret: padded, limit, ...sold } })
      end()
      copies.end()
    },
  }
}

/** A device that lasts as far as its client knows, so that stamps are made ready there as on most. */
function ofThisVisit(): Storage {
  const kept = new Map<string, Uint8Array>()
  return {
    get: async (key) => kept.get(key),
    set: async (key, value) => void kept.set(key, value),
    inTurn: createQueue(),
  }
}

/** The way for requests without a name: a token there is a fault. */
const withoutToken =
  (fetch: Fetch): Fetch =>
  (url, init) => {
    if (new Headers(init.headers).has('authorization')) throw new Error('A token goes where nobody has a name.')
    return fetch(url, init)
  }

type There = {
  readonly network: SimulatedNetwork
  readonly client: Client
  readonly requests: Seen[]
  readonly dice: Dice
  readonly answers: Answers
}

/** As an application: lists, listens, reads what begins, and looks again from time to time. */
async function openInbox(there: There): Promise<Presence> {
  const { client, network, dice } = there
  const leaving = new AbortController()
  const { signal } = leaving
  await client.conversations.list()
  const [beginnings, messages] = [await client.conversations.stream(), await client.streamAllMessages()]
  const loops = [readBeginnings(there, beginnings, signal), drain(messages), lookAgain(there, signal)]
  const faults: unknown[] = []
  for (const loop of loops) loop.catch((error) => signal.aborted || faults.push(error))
  return {
    client,
    async write(to) {
      if (faults.length > 0) throw faults[0]
      const { time } = network
      const context = { conversationId: `example.org/${toHex(dice.bytes(8))}`, metadata: {} }
      const conversation = await client.conversations.new(to, { context })
      await conversation.quote()
      await time.sleep(1000 * dice.exponential(habits.composeSeconds))
      const first = there.requests.length
      const sent = await conversation.send('x'.repeat(dice.below(400)))
      if (!sent.ok) throw new Error(`${sent.code}: ${sent.message}`)
      const request = there.requests.slice(first).find((candidate) => isLetterTo(candidate, to))
      if (!request) throw new Error('The letter was delivered without a request.')
      return { sender: client.address, recipient: to, topic: conversation.topic, request }
    },
    async leave() {
      leaving.abort(new Error('left'))
      await Promise.all([beginnings.return?.(), messages.return?.()])
      await client.close()
    },
  }
}

const isLetterTo = ({ path, topics, status }: Seen, to: string): boolean =>
  path === '/v1/publish' && status === 200 && topics.includes(`/xmtp/0/sealed-${to}/proto`)

async function readBeginnings(
  { network, dice, answers }: There,
  conversations: AsyncIterable<Conversation>,
  signal: AbortSignal,
): Promise<void> {
  for await (const conversation of conversations) {
    await conversation.messages()
    if (dice.fraction() >= answers.share) continue
    const wait = network.time.sleep(1000 * dice.exponential(answers.seconds), signal)
    wait.then(() => conversation.send('y'.repeat(dice.below(400)))).catch(() => undefined) // left before
  }
}

async function drain(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages);
}

async function lookAgain({ network, client, dice }: There, signal: AbortSignal): Promise<void> {
  for (;;) {
    await network.time.sleep(1000 * dice.exponential(habits.lookSeconds), signal)
    await client.conversations.list()
  }
}
