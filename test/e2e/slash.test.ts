import { formatEther } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeLeak, encodeLaneRequest, encodePublishRequest, leaksTopic, ownedTopic } from '../../sdk/codec/index.ts'
import { fromBytes, networkIdOf, toBytes32 } from '../../sdk/crypto/index.ts'
import { stakeRegistryAbi } from '../../sdk/generated/abis.ts'
import { followTree, type TreeFollower } from '../../sdk/notes/index.ts'
import { exit, requestExit } from '../../sdk/payments/index.ts'
import { createProverClient } from '../../sdk/transport/index.ts'
import { knowSetup } from '../helpers/known-setup.ts'
import { envelope, laneEnvelope, makeAccount, type TestAccount } from '../helpers/node.ts'
import {
  type Place,
  type StakeNetwork,
  stakeAs,
  stakeLane,
  stakeTerms,
  startStakeNetwork,
} from '../helpers/stake-network.ts'
import { leafOfNote } from '../helpers/world.ts'

knowSetup()

const binary = { 'content-type': 'application/x-protobuf' }

const networkId = networkIdOf('pennypost-local')
const patience = { timeout: 90_000, interval: 50 }

let network: StakeNetwork
let bob: TestAccount
let tree: TreeFollower
let mallory: Awaited<ReturnType<typeof stakeAs>>
let erin: Awaited<ReturnType<typeof stakeAs>>

beforeAll(async () => {
  network = await startStakeNetwork()
  bob = await makeAccount(0xb0)
  mallory = await stakeAs(network, 2)
  erin = await stakeAs(network, 3)
  const { trust } = network
  tree = await followTree({ prover: createProverClient({ url: network.prover.url }), trust, now: network.clock })
  await tree.waitFor(erin.operation)
  await tree.find([mallory, erin].map(({ note }) => leafOfNote(note)))
  await network.node.refresh()
})

afterAll(() => network?.close())

async function post(path: string, body: Uint8Array) {
  const answer = await fetch(`${network.node.url}${path}`, { method: 'POST', body: body as BodyInit, headers: binary })
  return answer.ok ? 'ok' : (await answer.json()).code
}

type Stake = Pick<typeof erin, 'note' | 'leafIndex'>

const placeOf = ({ leafIndex }: Stake): Place => {
  const { root, ...path } = tree.path(leafIndex)
  return { path, root }
}

/** A letter to bob with one ticket of a stake: what the node says to its lane, and then to the letter. */
async function write(stake: Stake, messageId: number, place = placeOf(stake)): Promise<string> {
  const topic = ownedTopic('sealed', bob.address)
  const lane = await stakeLane(network, { note: stake.note, place, messageId, topic, recipient: bob.bytes })
  const opened = await post('/v1/lanes', encodeLaneRequest(lane as never))
  if (opened !== 'ok') return opened
  return post('/v1/publish', encodePublishRequest({ envelopes: [laneEnvelope(lane, 1, envelope(topic))] }))
}

async function published(): Promise<bigint[]> {
  const body = JSON.stringify({ contentTopics: [leaksTopic(networkId)] })
  const page = await (await fetch(`${network.node.url}/message/v1/query`, { method: 'POST', body })).json()
  return page.envelopes.map((leak: { message: string }) =>
    fromBytes(decodeLeak(Buffer.from(leak.message, 'base64')).secret),
  )
}

const stakeOf = (address: `0x${string}`) =>
  network.publicClient.readContract({
    address: network.contracts.stakeRegistry,
    abi: stakeRegistryAbi,
    functionName: 'stakeOf',
    args: [address],
  })

test('a stake writes as often as its class allows, and again in the next epoch', async () => {
  for (let id = 0; id < stakeTerms.stakeLimit; id++) expect(await write(erin, id)).toBe('ok')
  await expect(write(erin, stakeTerms.stakeLimit)).rejects.toMatchObject({ code: 'note.unusable' })
  await network.passTime(stakeTerms.epochLength)
  expect(await write(erin, 0)).toBe('ok')
})

test('who uses one ticket twice is found out, slashed and refused, in the next epoch too', async () => {
  const before = placeOf(mallory)
  expect(await write(mallory, 0)).toBe('ok')
  expect(await write(mallory, 0)).toBe('ticket.used')
  expect(await published()).toEqual([mallory.note.secret])
  expect(await write(mallory, 1, before)).toBe('ticket.leaked')

  await expect.poll(async () => (await stakeOf(mallory.address)).isSlashed, patience).toBe(true)
  expect(formatEther((await stakeOf(mallory.address)).amount)).toBe('50')
  await expect.poll(async () => (await tree.update()).leaks, patience).toEqual([toBytes32(mallory.note.secret)])
  expect(await tree.find([leafOfNote(mallory.note)])).toEqual([undefined])
  await network.node.refresh()
  expect(await write(mallory, 2, before)).toBe('ticket.leaked')

  await network.passTime(stakeTerms.epochLength)
  expect(await write(mallory, 2, before)).toBe('ticket.leaked')
  expect(await published()).toEqual([mallory.note.secret])
})

test('an honest stake goes on meanwhile, and leaves with all of its deposit', async () => {
  await tree.update()
  expect(await write(erin, 0)).toBe('ok')
  const { exitAt } = await requestExit(erin.acting)
  await network.passTime(Number(exitAt) - Math.floor(network.clock()) + 60)
  expect(formatEther((await exit(erin.acting)).amount)).toBe('100')
  expect(formatEther((await exit(mallory.acting)).amount)).toBe('50')
})

test('a leak is announced no longer than a tree with the stake may count', async () => {
  await expect.poll(async () => (await tree.update()).leaks, patience).toEqual([])
}, 90_000)
