import { describe, expect, test } from 'vitest'
import {
  type Checkpoint,
  decodeSignedCheckpoint,
  encodeCheckpoint,
  encodeSignedCheckpoint,
} from '../../../sdk/codec/index.ts'
import { addressToBytes, toBase64 } from '../../../sdk/crypto/index.ts'
import { checkpointDigest, isStale } from '../../../sdk/verifier/index.ts'
import { followCheckpoints } from '../../../service/node/checkpoints.ts'
import type { Successors } from '../../../service/node/followed.ts'
import { createSigner, makeKey, type Signer } from '../../../service/prover/checkpoints/index.ts'
import { makeNode, networkId } from '../../helpers/node.ts'
import { checkpointAfter, checkpoint as sample, trustOf } from '../../helpers/world.ts'

const [one, two, three, four, five] = Array.from({ length: 5 }, () => createSigner(makeKey())) as [
  Signer,
  Signer,
  Signer,
  Signer,
  Signer,
]
const office = (...who: Signer[]) => ({
  signers: who.map(({ address }) => addressToBytes(address)),
  threshold: Math.floor(who.length / 2) + 1,
  officeEndsAt: 10_000_000_000n,
})
const first: Checkpoint = { ...sample, ...office(one, two, three) }
const start = Number(first.issuedAt)
const day = 86_400

function sign(checkpoint: Checkpoint, ...who: readonly Signer[]): Uint8Array {
  const digest = checkpointDigest(checkpoint)
  const signatures = who.map((key) => ({ signer: addressToBytes(key.address), signature: key.sign(digest) }))
  return encodeSignedCheckpoint({ checkpoint: encodeCheckpoint(checkpoint), signatures })
}

/** A node that asks two provers: one says what is signed, each offers something. */
async function follow({
  who = [one, two, three],
  kept = new Map<bigint, Uint8Array>(),
  successors = [] as Successors[],
  now = start,
} = {}) {
  const says = {
    sealed: [[], []] as Uint8Array[][],
    offers: [undefined, undefined] as (Uint8Array | undefined)[],
    now,
  }
  const fetch = (async (input: string | URL | Request) => {
    const url = new URL(String(input))
    const from = url.host === 'a.test' ? 0 : 1
    if (url.pathname.endsWith('/proposed')) {
      const offered = says.offers[from]
      return offered ? Response.json({ checkpoint: toBase64(offered) }) : new Response('', { status: 404 })
    }
    const after = Number(url.searchParams.get('after'))
    return Response.json({ checkpoints: says.sealed[from]?.slice(after).map(toBase64) })
  }) as typeof globalThis.fetch
  const heard: (string | undefined)[] = []
  const node = await followCheckpoints({
    store: {
      checkpoints: async () => [...kept.values()],
      checkpoint: async (sequence) => kept.get(sequence),
      addCheckpoint: async (sequence, signed) => void kept.set(sequence, signed),
    },
    trust: trustOf(
      who.map(({ address }) => address),
      Math.floor(who.length / 2) + 1,
    ),
    successors,
    provers: ['http://a.test', 'http://b.test'],
    seconds: 3_600,
    clock: () => says.now,
    fetch,
  })
  node.onDoubt((doubt) => heard.push(doubt))
  await node.poll()
  return {
    says,
    node,
    heard,
    kept,
    async poll() {
      await node.poll()
      return Number(node.view()?.latest.sequence ?? 0n)
    },
  }
}

describe('two of three who sign a root that the third contradicts', () => {
  const truth = checkpointAfter(first, [7n])
  const lie = checkpointAfter(first, [6n])

  test('are not followed, and all that was followed before grows old', async () => {
    const { says, node, poll, heard } = await follow()
    says.sealed[0] = [sign(first, one, two)]
    expect(await poll()).toBe(1)
    says.sealed[0] = [sign(first, one, two), sign(lie, one, two)]
    says.offers[1] = sign(truth, three)
    expect(await poll()).toBe(1)
    expect(await poll()).toBe(1)
    expect(heard).toEqual([expect.stringMatching(/contradict each other on the roots.*number 2/)])
    expect(isStale(node.view()!, start + day + 1)).toBe(true)
    await node.close()
  })

  test('are followed no further where it is heard later, also after a restart, until it is gone', async () => {
    const { says, node, poll, heard, kept } = await follow()
    const more = checkpointAfter(lie, [9n])
    says.sealed[0] = [sign(first, one, two), sign(lie, one, two)]
    expect(await poll()).toBe(2)
    says.sealed[0]?.push(sign(more, one, two))
    says.offers[1] = sign(truth, three)
    expect(await poll()).toBe(2)
    expect(node.doubt()).toMatch('roots')
    await node.close()

    const again = await follow({ kept })
    again.says.sealed = says.sealed
    again.says.offers = says.offers
    expect(await again.poll()).toBe(2)
    again.says.offers = [undefined, undefined]
    expect(await again.poll()).toBe(3)
    expect(again.heard.at(-1)).toBeUndefined()
    expect(heard).toHaveLength(1)
    await again.node.close()
  })

  test.each<[string, () => Uint8Array | undefined]>([
    ['is true', () => sign(lie, three)],
    ['is true, and shorter', () => sign({ ...first, sequence: 2n, previous: lie.previous, roots: [] }, three)],
    ['nobody has signed', () => sign(truth)],
    ['a stranger has signed', () => sign(truth, five)],
    ['the third has signed for another network', () => sign({ ...truth, networkId: networkId.map(() => 1) }, three)],
    [
      'is under a signature for something else',
      () => {
        const { checkpoint } = decodeSignedCheckpoint(sign(truth))
        const { signatures } = decodeSignedCheckpoint(sign(lie, three))
        return encodeSignedCheckpoint({ checkpoint, signatures })
      },
    ],
    ['only one of the same two has signed', () => sign(truth, one)],
    ['is noise', () => new Uint8Array(90).fill(7)],
  ])('are not stopped by an offer that %s', async (_, offer) => {
    const { says, node, poll, heard } = await follow()
    says.sealed[0] = [sign(first, one, two), sign(lie, one, two)]
    says.offers[1] = offer()
    expect(await poll()).toBe(2)
    expect(heard).toEqual([])
    await node.close()
  })
})

test('three of five are doubted only where both of the others contradict them', async () => {
  const who = [one, two, three, four, five]
  const begun = { ...first, ...office(...who) }
  const [lie, truth] = [checkpointAfter(begun, [6n]), checkpointAfter(begun, [7n])]
  const { says, node, poll } = await follow({ who })
  says.sealed[0] = [sign(begun, one, two, three), sign(lie, one, two, three)]
  says.offers[0] = sign(truth, four)
  expect(await poll()).toBe(2)
  says.sealed[0]?.push(sign(checkpointAfter(lie, [8n]), one, two, three))
  says.offers[1] = sign(truth, five)
  expect(await poll()).toBe(2)
  await node.close()
})

test('a majority that was slashed and signs on is followed for a day and some minutes, whatever it names', async () => {
  const { says, node, poll, kept } = await follow()
  const left = checkpointAfter(first, [], office(three))
  says.sealed[0] = [sign(first, one, two)]
  says.offers[1] = sign({ ...left, threshold: 1 }, three)
  await poll()
  let last = first
  for (let hours = 1; hours <= 60; hours++) {
    says.now = start + hours * 3_600
    last = checkpointAfter(last, [], { issuedAt: BigInt(says.now) })
    says.sealed[0]?.push(sign(last, one, two))
    await poll()
  }
  expect(Number(node.view()?.latest.issuedAt)).toBeLessThanOrEqual(start + day + 900)
  expect(kept.size).toBeGreaterThan(20)
  expect(node.doubt()).toMatch('who signs')

  says.offers[1] = undefined // whoever is left in office has sealed it, a day after, and goes on
  const alone = { ...left, threshold: 1 }
  const next = checkpointAfter(alone, [5n], { issuedAt: BigInt(says.now) })
  says.sealed[1] = [sign(first, one, two), sign(alone, three), sign(next, three)]
  const before = node.view()?.latest.sequence
  expect(await poll()).toBe(Number(before))
  expect(node.doubt()).toMatch('who signs')
  await node.close()

  const successors = [{ from: 2n, signers: [three.address], threshold: 1 }]
  const pinned = await follow({ kept, successors })
  Object.assign(pinned.says, says)
  expect(await pinned.poll()).toBe(3)
  expect(checkpointDigest(pinned.node.view()!.latest)).toEqual(checkpointDigest(next))
  expect(pinned.node.doubt()).toBeUndefined()
  await pinned.node.close()
  const again = await follow({ kept, successors, now: says.now })
  expect(checkpointDigest(again.node.view()!.latest)).toEqual(checkpointDigest(next))
  await again.node.close()
})

test('a node says in its health and its metrics that signers contradict each other', async () => {
  const [lie, truth] = [checkpointAfter(first, [6n]), checkpointAfter(first, [7n])]
  const sealed = [sign(first, one, two), sign(lie, one, two)].map(toBase64)
  const fetch = (async (url: string) =>
    Response.json(
      url.endsWith('proposed') ? { checkpoint: toBase64(sign(truth, three)) } : { checkpoints: sealed },
    )) as never
  const { chainId, noteTree, registry } = trustOf([])
  const signers = [one, two, three].map(({ address }) => address)
  const config = { chainId: Number(chainId), noteTree, checkpointRegistry: registry, signers, threshold: 2 }
  const node = await makeNode({ ...config, provers: ['http://a.test'] }, { fetch, clock: () => start })
  await node.checkpoints.poll()
  const health = (await node.app.inject({ method: 'GET', url: '/healthz' })).json()
  expect(health).toMatchObject({ doubt: expect.stringMatching('contradict'), checkpoint: { sequence: '1' } })
  expect((await node.app.inject({ method: 'GET', url: '/metrics' })).payload).toMatch(
    /^pennypost_signers_contradict 1$/m,
  )
  await node.close()
})
