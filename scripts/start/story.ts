import { createRequire } from 'node:module'
import { formatEther, parseEventLogs, toHex } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { decodeLaneRequest, decodePublishRequest, type LaneRequest } from '../../sdk/codec/index.ts'
import { fromHex } from '../../sdk/crypto/index.ts'
import { postageAbi } from '../../sdk/generated/abis.ts'
import { Client, type ClientEvent } from '../../sdk/index.ts'
import { must, short } from './cast.ts'
import { forgeTicket, publishAgain, useElsewhere } from './cheat.ts'
import { tellFacts } from './facts-story.ts'
import type { LocalNetwork } from './network.ts'
import { dim, tellColumns, tellFact, tellScene } from './page.ts'
import { tellPayments } from './payments-story.ts'
import { countTraces, createRecorder, type Recorder } from './recorder.ts'
import { tellSigners } from './signers-story.ts'
import { tellCheat, tellStakes } from './stakes-story.ts'
import { tellUnattended } from './unattended-story.ts'

const stampCount = 8
const tokens = 100n * 10n ** 18n

/** Tells the story on a running network; throws where a step does not end as it must. */
export async function tellStory(network: LocalNetwork): Promise<void> {
  const cast = await gather(network)
  try {
    await askForStamps(cast)
    await refuseStockApp(cast)
    await buyStamps(cast)
    await writeLetter(cast)
    await readAndAnswer(cast)
    await cheat(cast)
    await connect(cast)
    await compare(cast)
    await tellFacts(cast)
    await tellPayments(cast)
    await tellStakes(cast)
    await tellCheat(cast)
    await tellUnattended(cast)
    await tellSigners(cast)
  } finally {
    await Promise.all([cast.bob.close(), cast.carol.close()])
  }
}

type Cast = Awaited<ReturnType<typeof gather>>

/** Bob is written to; Alice uses a stock app; Carol uses our client. */
async function gather(network: LocalNetwork) {
  tellScene('Three accounts')
  const carolKey = generatePrivateKey()
  const recorder = createRecorder()
  const bobKey = generatePrivateKey()
  const bobWallet = privateKeyToAccount(bobKey)
  const aliceWallet = privateKeyToAccount(generatePrivateKey())
  await network.fund(carolKey, tokens)
  const { account: carolWallet } = network.connect(carolKey)
  const shared = { node: network.node.url, prover: network.prover.url, network: network.trust }
  await network.fund(bobKey, 0n)
  const bob = await Client.create(bobWallet, { ...shared, chain: network.chainOptions(bobKey) })
  const carol = await Client.create(carolWallet, {
    ...shared,
    chain: network.chainOptions(carolKey),
    fetch: recorder.fetch,
    anonymousFetch: recorder.fetch,
    onProgress: tellProgress,
  })
  const alice = await createStockClient(aliceWallet, network.node.url)
  tellFact('Bob', `${bob.address}, who is written to`)
  tellFact('Alice', `${aliceWallet.address}, with @xmtp/xmtp-js 13.0.4 as it comes from npm`)
  tellFact('Carol', `${carol.address}, with @pennypost/sdk`)
  return { network, bob, carol, carolKey, alice, aliceAddress: aliceWallet.address, recorder }
}

/** What the story uses of a stock client. */
type StockClient = {
  readonly conversations: {
    newConversation(peer: string): Promise<{ send(text: string): Promise<{ id: string }> }>
  }
}

async function createStockClient(
  account: ReturnType<typeof privateKeyToAccount>,
  apiUrl: string,
): Promise<StockClient> {
  const { Client: StockClient } = createRequire(import.meta.url)('@xmtp/xmtp-js')
  const wallet = {
    getAddress: async () => account.address,
    signMessage: (message: string) => account.signMessage({ message }),
  }
  return StockClient.create(wallet, { apiUrl, env: 'local', persistConversations: false })
}

async function askForStamps({ bob }: Cast): Promise<void> {
  tellScene('Bob says what he asks of strangers')
  must(await bob.policy.set('stamp 1'))
  const { text, explanation, version } = await bob.policy.get()
  tellFact('policy', `version ${version}: ${text}`)
  tellFact('in words', `he reads you if ${explanation}; his connections need nothing`)
}

async function refuseStockApp({ alice, bob }: Cast): Promise<void> {
  tellScene('Alice writes to Bob with a stock app, and is refused')
  const refusal = await alice.conversations.newConversation(bob.address).then(
    () => undefined,
    (error: Error & { code?: number }) => error,
  )
  if (!refusal?.message.includes('policy.refused')) throw new Error(`Alice was not refused: ${refusal?.message}`)
  tellFact(`gRPC code ${refusal.code}`, refusal.message)
}

async function buyStamps({ carol, network }: Cast): Promise<void> {
  tellScene(`Carol buys a book of ${stampCount} stamps`)
  const purchase = await carol.stamps.buy({ count: stampCount, maxPrice: tokens })
  tellFact('transaction', purchase.hash)
  await carol.stamps.prepare({ count: 2 }) // else a second letter would wait for the next page of her log
  const receipt = await network
    .connect(generatePrivateKey())
    .publicClient.getTransactionReceipt({ hash: purchase.hash })
  const [bought] = parseEventLogs({ abi: postageAbi, logs: receipt.logs, eventName: 'StampsBought' })
  if (!bought) throw new Error('The purchase left no event.')
  tellFact('burned', `${formatEther(purchase.cost)} tokens, ${receipt.gasUsed.toLocaleString('en')} gas`)
  tellFact('the chain learns', `${bought.args.buyer} bought ${bought.args.count} stamps. Not whom they are for.`)
}

async function writeLetter({ carol, bob, recorder }: Cast): Promise<void> {
  tellScene('Carol writes to Bob')
  const conversation = await carol.conversations.new(bob.address)
  const quote = await conversation.quote()
  if (!quote.ok) throw new Error(quote.message)
  tellFact('quote', `${quote.explanation}: ${formatEther(quote.price)} token; the path is ${quote.path}`)
  recorder.sent.length = 0
  const started = performance.now()
  must(await conversation.send('Dear Bob, we have not met. May I ask you something?', { postage: 'auto' }))
  tellFact('delivered', `after ${((performance.now() - started) / 1000).toFixed(1)} s`)
  recorder.stop()
  const { stamps } = await carol.stamps.balance()
  tellFact('stamps left', String(stamps))
}

async function readAndAnswer({ bob, carol }: Cast): Promise<void> {
  tellScene('Bob reads the letter and answers, free of charge')
  const [conversation] = await bob.conversations.list()
  if (!conversation) throw new Error('Bob has no conversation.')
  const [message] = await conversation.messages()
  tellFact(`from ${short(conversation.peerAddress)}`, `“${message?.content}”`)
  if (conversation.peerAddress !== carol.address) throw new Error('Bob reads a sender other than Carol.')
  const quote = await conversation.quote()
  tellFact('price of an answer', quote.ok ? `${formatEther(quote.price)} tokens` : quote.message)
  must(await conversation.send('Dear Carol, please do.'))
  const answers = await (await carol.conversations.new(bob.address)).messages()
  const answer = answers.at(-1)
  tellFact(`to ${short(carol.address)}`, `“${answer?.content}”`)
  if (answer?.sender !== bob.address) throw new Error('Carol has not got the answer.')
}

async function cheat({ network, recorder, bob, carol }: Cast): Promise<void> {
  tellScene('Mallory, who has recorded all that Carol sent, tries to cheat')
  const lane = firstLane(recorder)
  const url = network.node.url
  await expectRefusal('the stamp again, for her own lane', 'ticket.used', useElsewhere(url, lane))
  await expectRefusal('a forged ticket', 'ticket.proof-invalid', forgeTicket(url, lane))
  await expectRefusal("more mail under Carol's lane", 'lane.used-up', publishAgain(url, firstLetter(recorder)))
  must(await bob.block(carol.address))
  tellFact('Bob blocks', `${short(carol.address)}, by the pseudonym that the node knows`)
  await expectRefusal('Carol writes again', 'policy.blocked', writeAgain(carol, bob.address))
  must(await bob.allow(carol.address))
}

/** Another conversation with Bob is another first contact. */
async function writeAgain(carol: Client, to: string) {
  const another = await carol.conversations.new(to, { context: { conversationId: 'once-more' } })
  const sent = await another.send('Once more!')
  return sent.ok ? 'delivered' : sent.code
}

async function connect({ bob, alice, aliceAddress }: Cast): Promise<void> {
  tellScene('Bob lets Alice in: what her stock app sent is delivered')
  must(await bob.connections.grant(aliceAddress, { path: 'visible' }))
  const conversation = (await bob.conversations.list()).find(({ peerAddress }) => peerAddress === aliceAddress)
  if (!conversation) throw new Error("Alice's invitation was not filed.")
  tellFact('filed', `her invitation of ${conversation.createdAt.toISOString()}`)
  const again = await alice.conversations.newConversation(bob.address)
  await again.send('Hello Bob, Alice here.')
  const [message] = await conversation.messages()
  tellFact(`from ${short(aliceAddress)}`, `“${message?.content}”`)
}

async function compare({ recorder, bob, carol, carolKey }: Cast): Promise<void> {
  tellScene("What the node saw of Carol's letter, and what Bob saw")
  const request = firstLane(recorder)
  const ticket = request.evidence[0]?.kind
  if (ticket?.case !== 'ticket') throw new Error('The lane was not opened by a ticket.')
  const { nullifier, tag, root } = ticket.value
  const letter = firstLetter(recorder)
  const conversation = (await bob.conversations.list()).find(({ peerAddress }) => peerAddress === carol.address)
  const [message] = (await conversation?.messages()) ?? []
  tellColumns([
    [
      'The node',
      `to: ${bob.address}`,
      'from: unknown',
      `a stamp of class 1, in the tree ${short(toHex(root))}`,
      `nullifier ${short(toHex(nullifier))}: never seen before`,
      `tag ${short(toHex(tag))}: the sender's pseudonym toward Bob`,
      `${letter.envelope?.message.length} bytes, sealed and padded`,
    ],
    [
      'Bob',
      `to: ${bob.address}`,
      `from: ${conversation?.peerAddress}`,
      'signed by her identity key, which her wallet signed',
      `“${message?.content}”`,
      'a key to answer with',
      `at ${message?.sentAt.toISOString()}`,
    ],
  ])
  const traces = [carol.address, carolKey].map((secret) => countTraces(recorder.sent, fromHex(secret)))
  const bytes = recorder.sent.reduce((sum, { body }) => sum + body.length, 0)
  tellFact('searched', `${recorder.sent.length} requests, ${bytes.toLocaleString('en')} bytes of bodies`)
  tellFact("Carol's address", `${traces[0]} times, raw, in hex or in base64`)
  if (traces.some((count) => count > 0)) throw new Error('The node could have learned who wrote.')
}

function firstLane({ sent }: Recorder): LaneRequest {
  const requests = sent.filter(({ url }) => url.pathname === '/v1/lanes').map(({ body }) => decodeLaneRequest(body))
  const found = requests.find(({ topic }) => topic.includes('/sealed-'))
  if (!found) throw new Error('Carol has opened no lane.')
  return found
}

function firstLetter({ sent }: Recorder) {
  const envelopes = sent
    .filter(({ url }) => url.pathname === '/v1/publish')
    .flatMap(({ body }) => decodePublishRequest(body).envelopes)
  const found = envelopes.find(({ envelope }) => envelope?.contentTopic.includes('/sealed-'))
  if (!found) throw new Error('Carol has published no letter.')
  return found
}

async function expectRefusal(what: string, expected: string, attempt: Promise<string>): Promise<void> {
  const code = await attempt
  tellFact(expected, what)
  if (code !== expected) throw new Error(`${what}: expected ${expected}, and got ${code}.`)
}

function tellProgress(event: ClientEvent): void {
  if (event.kind === 'proving' && event.step === 'done')
    tellFact('proved', dim(`ticket ${event.ticket} of ${event.of}`))
  if (event.kind === 'lane' && event.step === 'opened') tellFact('lane opened', dim(event.purpose))
}
