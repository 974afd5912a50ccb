import { createPublicClient, createTestClient, createWalletClient, type Hex, http } from 'viem'
import { generatePrivateKey, privateKeyToAccount, privateKeyToAddress } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Chain, startChain } from '../../scripts/start/chain.ts'
import { type Collection, deployCollection } from '../../scripts/start/collection.ts'
import { decodeLaneRequest } from '../../sdk/codec/index.ts'
import { fromHex, toBytes32, toHex } from '../../sdk/crypto/index.ts'
import type { Client } from '../../sdk/index.ts'
import { defaultRuleOn } from '../../sdk/verifier/index.ts'
import { startFalseEndpoint } from '../helpers/false-endpoint.ts'
import { knowSetup } from '../helpers/known-setup.ts'
import { deviceOf, startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import { createRecording, type Recorded } from '../helpers/recording.ts'
import { findTraces, windowsOf } from '../helpers/traces.ts'

knowSetup()

// The litepaper's sentence: any holder of a collection may write to me. A holder does, without a name; who holds none is told so.

let network: TestNetwork
/** Another chain, on which three accounts have been in use for a long time, and what its issuer asks it. */
let old: Chain
let endpoint: Awaited<ReturnType<typeof startFalseEndpoint>>
const calls: string[] = []
let collection: Collection
let fact: string
let bob: Client
const defaultRule = defaultRuleOn(31_338)
/** A holder, and one with some of the chain's own coin. */
const keys = { holder: generatePrivateKey(), rich: generatePrivateKey() }

beforeAll(async () => {
  old = await startChain({ chainId: 31_338 })
  await grow(old)
  endpoint = await startFalseEndpoint(old.rpcUrl)
  endpoint.lie = ({ method, params, result }) => void calls.push(JSON.stringify([method, params, result]))
  network = await startTestNetwork({ defaultRule, factRpcUrl: [{ chainId: 31_338n, url: endpoint.url }] })
  collection = await deployCollection(network)
  fact = `holds eip155:31337/erc721:${collection.address}`
  bob = await network.client()
  expect((await bob.policy.set(`stamp 1 or ${fact}`)).ok).toBe(true)
  await network.fund(keys.rich, 0n)
  const first = await network.client(deviceOf())
  for (const address of [privateKeyToAddress(keys.holder), first.address]) await collection.mint(address)
  await first.facts.obtain(fact) // at whose block all facts of the epoch are judged
})
afterAll(async () => {
  await network?.close()
  await endpoint?.close()
  await old?.close()
})

/** A chain on which three accounts with ether have sent a transaction, and a hundred days have passed. */
async function grow({ rpcUrl, privateKeys }: Chain): Promise<void> {
  const chain = { ...hardhat, id: 31_338 }
  const at = { chain, transport: http(rpcUrl) }
  for (const key of privateKeys.slice(0, 3)) {
    const account = privateKeyToAccount(key)
    const hash = await createWalletClient({ ...at, account }).sendTransaction({ to: account.address, value: 0n })
    await createPublicClient({ ...at, pollingInterval: 50 }).waitForTransactionReceipt({ hash })
  }
  const time = createTestClient({ ...at, mode: 'hardhat' })
  await time.increaseTime({ seconds: 100 * 86_400 })
  await time.mine({ blocks: 1 })
}

const write = async (client: Client, text: string, to = bob) =>
  (await client.conversations.new(to.address, { context: { conversationId: text } })).send(text)
const lanesIn = (sent: readonly Recorded[]) =>
  sent.filter(({ url }) => url.endsWith('/v1/lanes')).map(({ body }) => decodeLaneRequest(body))

test('a holder writes, and nobody who was asked can tell whose letter it was', async () => {
  const [named, anonymous] = [createRecording(), createRecording()]
  const edges = { fetch: named.fetch, anonymousFetch: anonymous.fetch }
  const holder = await network.client({ ...deviceOf(), key: keys.holder, ...edges })
  expect(await holder.facts.obtain(fact)).toMatchObject({ condition: fact, issuers: 1 })
  const asked = [...named.take(), ...anonymous.take()]
  expect((await write(holder, 'I own one')).ok).toBe(true)

  const shown = anonymous.take()
  const credential = lanesIn(shown)[0]!.evidence[0]!.kind
  if (credential.case !== 'credential') throw new Error(`It was shown a ${credential.case}.`)
  const { nullifier, tag } = credential.value
  const toIssuer = asked.filter(({ url }) => url.endsWith('/v1/facts')).map(({ bytes }) => bytes)
  const toNode = shown.filter(({ url }) => url.startsWith(network.node.url)).map(({ bytes }) => bytes)
  expect([toIssuer.length, findTraces(toIssuer, { address: holder.address })]).toEqual([1, ['address']])
  expect(findTraces(toNode, { address: fromHex(holder.address) })).toEqual([])
  expect(findTraces(toIssuer, { nullifier, tag })).toEqual([])
  const { secretHash, personHash, signature } = JSON.parse(
    new TextDecoder().decode(asked.find(({ url }) => url.endsWith('/v1/facts'))!.body),
  )
  const known = { secretHash: fromHex(secretHash), personHash: fromHex(personHash), signature: fromHex(signature) }
  expect(findTraces(toNode, known)).toEqual([])

  const [conversation] = await bob.conversations.list()
  expect(conversation?.peerAddress).toBe(holder.address)
  const [met, ...rest] = conversation?.evidence ?? []
  expect([met?.text, met?.evidence, met?.isProven, rest]).toEqual([fact, 'credential', false, []])
  expect(met?.issuers.map((issuer) => toHex(issuer))).toEqual([toHex(credential.value.issuer)])
  expect((await conversation?.messages())?.[0]?.content).toBe('I own one')
})

test('who holds none is told what else would do, and the issuer attests nothing', async () => {
  const other = await network.client(deviceOf())
  const quoted = async (client: Client) => (await client.conversations.new(bob.address)).quote()
  const buyer = await network.client({ ...(await network.purse()), ...deviceOf() })
  const toBuy = { ok: true, conditions: ['stamp 1'], price: 10n ** 18n, held: { stamps: 0 } }
  expect(await quoted(buyer)).toMatchObject(toBuy)
  expect(await quoted(other)).toMatchObject({ ok: false, code: 'stamps.missing' }) // it has nothing to buy them with
  const refusal = await write(other, 'I own none')
  expect(refusal).toMatchObject({ ok: false, code: 'stamps.missing' })
  expect(refusal.ok || refusal.missing.map(({ condition }) => condition)).toEqual(['connection', 'stamp 1', fact])
  await expect(other.facts.obtain(fact)).rejects.toMatchObject({ code: 'prover.refused', reason: 'fact.not-so' })
  expect((await bob.policy.set(fact)).ok).toBe(true)
  expect(await write(other, 'I still own none')).toMatchObject({ ok: false, code: 'fact.missing' })
})

test('to who has published no rule writes an old account at once, and a new one by a little work', async () => {
  const dora = await network.client()
  const [aged, young] = [await network.client({ key: old.privateKeys[0]!, ...deviceOf() }), await network.client()]
  const greet = async (client: Client) => {
    const conversation = await client.conversations.new(dora.address)
    return [await conversation.quote(), await conversation.send(`hello from ${client.address}`)]
  }
  expect(await dora.policy.get()).toMatchObject({ text: defaultRule })
  await aged.facts.obtain('age eip155:31338 >= 90 days')
  await expect(young.facts.obtain('age eip155:31338 >= 90 days')).rejects.toMatchObject({ reason: 'fact.not-so' })
  const byAge = { ok: true, conditions: ['age eip155:31338 >= 90 days'], price: 0n, effort: 0 }
  expect(await greet(aged)).toMatchObject([byAge, { ok: true }])
  expect(await greet(young)).toMatchObject([{ ok: true, conditions: ['request'], price: 0n }, { ok: true }])
  const from = (await dora.conversations.list()).map(({ peerAddress }) => peerAddress)
  expect(from.sort()).toEqual([aged.address, young.address].sort())
})

/** An old account whose every byte is kept, by whom it goes to; it has its age attested. */
async function watchAged(key: Hex) {
  const [named, anonymous] = [createRecording(), createRecording()]
  const edges = { fetch: named.fetch, anonymousFetch: anonymous.fetch }
  const client = await network.client({ ...deviceOf(), key, ...edges })
  calls.length = 0
  await client.facts.obtain(`age eip155:31338 >= 90 days`)
  const toIssuer = [...named.take(), ...anonymous.take()].filter(({ url }) => url.endsWith('/v1/facts'))
  const letterTo = async (to: Client, text: string) => {
    expect(await write(client, text, to)).toMatchObject({ ok: true })
    const sent = anonymous.take().filter(({ url }) => url.startsWith(network.node.url))
    const [credential] = lanesIn(sent).flatMap(({ topic, evidence }) =>
      evidence.flatMap(({ kind }) => (topic.includes('sealed-') && kind.case === 'credential' ? [kind.value] : [])),
    )
    if (!credential) throw new Error('It was written without a credential.')
    return { bytes: sent.map(({ bytes }) => bytes), credential }
  }
  return { client, toIssuer, toChain: [...calls], letterTo, namedTo: () => named.take().map(({ bytes }) => bytes) }
}

test('what issuer, chain and node learn of an old account that writes to two, and what none of them can connect', async () => {
  const [dora, erin] = [await network.client(), await network.client()]
  const aged = await watchAged(old.privateKeys[1]!)
  const [toDora, again, toErin] = [
    await aged.letterTo(dora, 'one'),
    await aged.letterTo(dora, 'two'),
    await aged.letterTo(erin, 'three'),
  ]
  const other = await watchAged(old.privateKeys[2]!)
  const others = [(await other.letterTo(dora, 'four')).bytes, (await other.letterTo(erin, 'five')).bytes].flat()
  const everybodys = windowsOf(others, 4)
  const isEverybodys = (window: string) => [0, 4, 8, 12].some((start) => everybodys.has(window.slice(start, start + 4)))
  const shared = (one: readonly Uint8Array[], two: readonly Uint8Array[]) => {
    const windows = windowsOf(two)
    return [...windowsOf(one)].filter((window) => windows.has(window) && !isEverybodys(window))
  }

  // The issuer knows the account, the fact and the hashes of the note; its log, everybody. The chain's endpoint: the account.
  const posted = JSON.parse(new TextDecoder().decode(aged.toIssuer[0]!.body))
  const own = { secretHash: fromHex(posted.secretHash), personHash: fromHex(posted.personHash) }
  expect([aged.toIssuer.length, posted.subject]).toEqual([1, aged.client.address])
  const { entries } = await (await fetch(`${network.prover.url}/v1/facts/log`)).json()
  const ofIssuer = [...aged.toIssuer.map(({ bytes }) => bytes), ...entries.flatMap(wordsOf)]
  const ofChain = aged.toChain.map((call) => Buffer.from(call.toLowerCase()))
  const addresses = { address: aged.client.address.slice(2).toLowerCase() }
  expect(findTraces(ofChain, { ...addresses, ...own })).toEqual(['address'])

  // The node knows one sender toward one recipient by the tag, and nothing else of two letters is the same.
  const shownIn = ({ credential: { nullifier, y, tag, proof } }: typeof toDora) => ({ nullifier, y, tag, proof })
  expect(again.credential.tag).toEqual(toDora.credential.tag)
  expect(toErin.credential.tag).not.toEqual(toDora.credential.tag)
  expect(findTraces(toErin.bytes, shownIn(toDora))).toEqual([])
  expect(findTraces(again.bytes, shownIn(toDora))).toEqual(['tag'])
  expect(shared(toDora.bytes, toErin.bytes)).toEqual([])
  expect(shared(toDora.bytes, again.bytes).length).toBeGreaterThan(0) // the search finds the tag

  // Together they have nothing in common but what all letters have: not with the account's own requests to the node either.
  const named = aged.namedTo()
  for (const { bytes, credential } of [toDora, again, toErin]) {
    expect(shared(bytes, [...ofIssuer, ...ofChain, ...named])).toEqual([])
    expect(findTraces([...ofIssuer, ...ofChain], shownIn({ bytes, credential }))).toEqual([])
    expect(findTraces(bytes, { ...addresses, ...own, account: fromHex(aged.client.address) })).toEqual([])
  }
})

/** What an entry of the issuer's log says, as bytes. */
const wordsOf = ({ commitment, r8x, r8y, s, ...entry }: Record<string, string>): Uint8Array[] => [
  ...[commitment, r8x, r8y, s].map((word) => toBytes32(BigInt(word ?? 0))),
  Buffer.from(JSON.stringify(entry)),
]

test('who got it after the block of the epoch has to wait for the next', async () => {
  const late = await network.client(deviceOf())
  await collection.mint(late.address)
  await expect(late.facts.obtain(fact)).rejects.toMatchObject({ reason: 'fact.not-so' })
})

test('another client of the account asks for the same note, and one that is blocked stays so', async () => {
  const coin = 'holds eip155:31337/slip44:60 >= 0.1'
  const first = await network.client({ key: keys.rich, ...deviceOf(0, 2) })
  expect((await bob.policy.set(coin)).ok).toBe(true)
  await first.facts.obtain(coin)
  expect((await write(first, 'from one device')).ok).toBe(true)
  const second = await network.client({ key: keys.rich, ...deviceOf(1, 2) })
  expect(await second.facts.list()).toEqual([])
  await second.facts.obtain(coin)
  expect((await write(second, 'from another')).ok).toBe(true)
  expect((await bob.block(first.address)).ok).toBe(true)
  expect(await write(second, 'blocked')).toMatchObject({ ok: false, code: 'policy.blocked' })
})

test('what was attested is there in the next run of the client', async () => {
  const kept = { key: keys.rich, ...deviceOf() }
  const coin = 'holds eip155:31337/slip44:60 >= 0.2'
  const first = await network.client(kept)
  await first.facts.obtain(coin)
  await first.close()
  const carol = await network.client()
  expect((await carol.policy.set(coin)).ok).toBe(true)
  const second = await network.client(kept)
  expect(await second.facts.list()).toMatchObject([{ condition: coin }])
  expect(await (await second.conversations.new(carol.address)).send('again')).toMatchObject({ ok: true })
})

test('who wants to be known shows a fact by name, said before, and the node learns the account and no more', async () => {
  const anonymous = createRecording()
  const holder = await network.client({ key: keys.rich, ...deviceOf(), anonymousFetch: anonymous.fetch })
  const dave = await network.client()
  const coin = 'holds eip155:31337/slip44:60 >= 0.3'
  expect((await dave.policy.set(coin)).ok).toBe(true)
  for (const as of ['vc', 'eas'] as const)
    expect(await holder.facts.obtain(coin, { as })).toMatchObject({ as, issuers: 1 })
  const conversation = await holder.conversations.new(dave.address)
  expect(await conversation.quote()).toMatchObject({ price: 0n, reveals: { byName: true } })
  anonymous.take()
  expect(await conversation.send('it is me')).toMatchObject({ ok: true })
  const shown = lanesIn(anonymous.take()).flatMap(({ evidence }) => evidence.map(({ kind }) => kind.case))
  expect(shown).toContain('claim')
  await holder.facts.obtain(coin)
  const bob2 = await network.client()
  expect((await bob2.policy.set(coin)).ok).toBe(true)
  const hidden = await holder.conversations.new(bob2.address)
  expect(await hidden.quote()).toMatchObject({ reveals: { byName: false } })
})

test('who holds something proves it by the chain itself, and a node takes it that reads none', async () => {
  const { chain } = await network.purse(0)
  const { publicClient } = network.connect(network.funder)
  const anonymous = createRecording()
  const edges = { anonymousFetch: anonymous.fetch, chain: { ...chain, publicClient } }
  const whale = await network.client({ key: network.funder, ...deviceOf(), ...edges })
  const coin = 'holds eip155:31337/slip44:60 >= 100 by proof'
  const token = `holds eip155:31337/erc20:${chain.token.toLowerCase()} >= 1 decimals 18 by proof slot 0`
  const erin = await network.client()
  expect((await erin.policy.set(`${coin} and ${token}`)).ok).toBe(true)
  const conversation = await whale.conversations.new(erin.address)
  expect(await conversation.send('not yet proven')).toMatchObject({ ok: false, code: 'fact.missing' })
  const asked = anonymous.take().filter(({ url }) => url.endsWith('/v1/facts'))
  for (const fact of [coin, token])
    expect(await whale.facts.obtain(fact)).toMatchObject({ as: 'proof', condition: fact })
  expect((await whale.facts.list()).map(({ condition }) => condition)).toEqual(expect.arrayContaining([coin, token]))
  expect(await conversation.quote()).toMatchObject({ price: 0n, reveals: { byName: true } })
  expect(await conversation.send('proven')).toMatchObject({ ok: true })
  const recorded = anonymous.take()
  expect([...asked, ...recorded.filter(({ url }) => url.endsWith('/v1/facts'))]).toEqual([])
  const kinds = lanesIn(recorded).flatMap(({ evidence }) => evidence.map(({ kind }) => kind.case))
  expect(kinds.filter((kind) => kind === 'holding')).toHaveLength(2)
  const more = coin.replace('100', '1000000')
  await expect(whale.facts.obtain(more)).rejects.toMatchObject({ code: 'fact.not-held' })
  const elsewhere = token.replace('slot 0', 'slot 7')
  await expect(whale.facts.obtain(elsewhere)).rejects.toMatchObject({ code: 'fact.not-held' })
  const blind = await network.client({ key: network.funder, ...deviceOf() })
  await expect(blind.facts.obtain(coin)).rejects.toMatchObject({ code: 'chain.missing' })
})

test('an issuer that signs something else makes no letter, and is named before anything is sent', async () => {
  const recording = createRecording()
  const holder = await network.client({ ...deviceOf(), key: keys.rich, fetch: recording.fetch })
  recording.meddle(async (url, body) => {
    if (!url.endsWith('/v1/facts')) return undefined
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(body),
    })
    const issued = await answer.json()
    return Response.json({ ...issued, credential: { ...issued.credential, s: '3' } })
  })
  await expect(holder.facts.obtain('holds eip155:31337/slip44:60 >= 0.1')).rejects.toMatchObject({
    code: 'prover.response',
  })
})
