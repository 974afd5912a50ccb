import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Checkpoint, ownedTopic, unusedStatement } from '../../../sdk/codec/index.ts'
import { noteKinds, signEd25519, toBase64, toHex } from '../../../sdk/crypto/index.ts'
import { checkpointDigest, formerHomesOf, homeOf, type OpenedLane } from '../../../sdk/verifier/index.ts'
import { checkFormerHomes } from '../../../service/node/former-homes.ts'
import { createDice } from '../../helpers/dice.ts'
import { forBoth } from '../../helpers/groth16.ts'
import {
  checkpointOf,
  credulous,
  followed,
  laneFields,
  makeAccount,
  makeNode,
  networkId,
  signCheckpoint,
  signer,
  tagBytes,
  ticketEvidence,
} from '../../helpers/node.ts'

// The set of nodes changes, and nodes hear of it at different times. Whoever holds a ticket asks all of them at any moment.

type Network = Awaited<ReturnType<typeof startNodes>>

const urlOf = (i: number) => `http://node-${i}.test`
let holders = 0
const freshHolder = () => Uint8Array.from(tagBytes(++holders), (byte, i) => (i === 0 ? 7 : byte))

/** Nodes that reach each other, each of which is served as many of the checkpoints as it may have heard of. */
async function startNodes(count: number) {
  const [signed, checkpoints]: [string[], Checkpoint[]] = [[], []]
  const heard = Array<number>(count).fill(0)
  const silent = new Set<string>()
  const lies = new Map<string, () => Promise<Response>>()
  const nodes: Awaited<ReturnType<typeof makeNode>>[] = []
  /** Paths that one of them has asked another for. */
  const asked: string[] = []

  const fetchFor = (i: number) =>
    (async (input: string, init?: RequestInit) => {
      const { origin, pathname } = new URL(input)
      if (origin === 'http://prover.test') return Response.json({ checkpoints: signed.slice(0, heard[i]) })
      if (silent.has(origin)) throw new TypeError('fetch failed')
      asked.push(pathname)
      const lie = lies.get(origin)
      if (lie) return lie()
      const { status, json } = await nodes.findLast((_, j) => urlOf(j) === origin)!.post(pathname, String(init?.body))
      return Response.json(json, { status })
    }) as typeof fetch

  for (let i = 0; i < count; i++) {
    const config = { ...followed, provers: ['http://prover.test'], signers: [signer.address] }
    nodes.push(await makeNode(config, { groth16: forBoth(credulous()), fetch: fetchFor(i) }))
  }
  const bob = await makeAccount(0x22)
  const topic = ownedTopic('sealed', bob.address)

  return {
    silent,
    asked,
    lies,
    nodes,
    entries: (set: readonly number[]) => set.map((i) => ({ url: urlOf(i), key: nodes[i]!.deps.key.publicKey })),
    /** A checkpoint that names these nodes; who hears of it is another matter. */
    async name(set: readonly number[]) {
      const before = checkpoints.at(-1)
      const entries = this.entries(set)
      const next = checkpointOf({
        nodes: entries as Checkpoint['nodes'],
        ...(before && {
          sequence: before.sequence + 1n,
          previous: checkpointDigest(before),
          roots: [],
          issuedAt: before.issuedAt,
        }),
      })
      checkpoints.push(next)
      signed.push(await signCheckpoint(next))
    },
    async hear(i: number, upTo = signed.length) {
      heard[i] = Math.max(heard[i]!, Math.min(upTo, signed.length))
      await nodes[i]!.checkpoints.poll()
    },
    heardOf: (i: number) => heard[i]!,
    async open(i: number, ...tickets: number[]) {
      const evidence = tickets.map((ticket) => ticketEvidence(4, ticket))
      const { status, json } = await nodes[i]!.openLane({
        ...laneFields(topic, freshHolder()),
        evidence,
      })
      return status === 201 ? 'opened' : (json.code as string)
    },
    /** Which node is home to a ticket, by a set. */
    homeIn(set: readonly number[], ticket: number) {
      const home = homeOf(this.entries(set), tagBytes(ticket))
      return nodes.findIndex(({ deps }) => home !== undefined && toHex(deps.key.publicKey) === toHex(home.key))
    },
    close: () => Promise.all(nodes.map((node) => node.close())),
  }
}

/** Some of the nodes; now and then none, where a network does not say. */
const someOf = (dice: ReturnType<typeof createDice>, count: number) =>
  [...Array(count).keys()].filter(() => dice.fraction() < 0.6)

describe('however sets change, and whoever hears of it late', () => {
  test.each(['one', 'two', 'three'])(
    'no ticket opens two lanes, and each that is left opens one (%s)',
    async (seed) => {
      const dice = createDice(`homes ${seed}`)
      const network = await startNodes(3)
      const opened = new Map<number, number>()
      const tickets = [...Array(24).keys()].map((i) => 600 + i)
      const tryAt = async (i: number, ticket: number) => {
        if ((await network.open(i, ticket)) === 'opened') opened.set(ticket, (opened.get(ticket) ?? 0) + 1)
      }

      await network.name([0, 1])
      for (let round = 0; round < 24; round++) {
        if (dice.fraction() < 0.4) await network.name(someOf(dice, 3))
        const asked = [0, 1, 2].flatMap((i) => Array.from({ length: 4 }, () => ({ i, ticket: dice.pick(tickets) })))
        const hearing = [0, 1, 2].map((i) => () => network.hear(i, network.heardOf(i) + dice.below(3)))
        await Promise.all(
          dice
            .shuffle([
              ...hearing,
              ...asked.map(
                ({ i, ticket }) =>
                  () =>
                    tryAt(i, ticket),
              ),
            ])
            .map((act) => act()),
        )
      }
      const last = [0, 1, 2]
      await network.name(last)
      await Promise.all(last.map((i) => network.hear(i)))
      for (const ticket of tickets) await tryAt(network.homeIn(last, ticket), ticket)
      expect(tickets.map((ticket) => opened.get(ticket))).toEqual(tickets.map(() => 1))
      await network.close()
    },
  )
})

describe('a ticket whose home has changed', () => {
  let network: Network
  let next = 700
  beforeAll(async () => {
    network = await startNodes(2)
    await network.name([0])
    await network.name([1])
    await network.hear(1)
  })
  afterAll(() => network.close())

  test('is opened only after the home before has heard of the change too', async () => {
    const ticket = ++next
    await network.hear(0, 1)
    expect(await network.open(1, ticket)).toBe('node.unavailable')
    expect(await network.open(0, ++next)).toBe('opened')
    await network.hear(0)
    expect(await network.open(1, next)).toBe('ticket.used')
    expect(await network.open(0, ticket)).toBe('lane.not-home')
    expect(await network.open(1, ticket)).toBe('opened')
  })

  test('is not opened while the home before is silent, and is when it answers again', async () => {
    network.silent.add(urlOf(0))
    const ticket = ++next
    expect(await network.open(1, ticket)).toBe('node.unavailable')
    network.silent.clear()
    expect(await network.open(1, ticket)).toBe('opened')
  })

  const ticketOf = () => tagBytes(next)
  const seedOf = (i: number) => network.nodes[i]!.deps.key.seed
  const saying = (sequence: bigint, nullifiers: readonly Uint8Array[], seed: Uint8Array) => ({
    sequence: String(sequence),
    used: [false],
    signature: toBase64(signEd25519(unusedStatement(networkId, sequence, nullifiers), seed)),
  })
  const lies: Record<string, () => unknown> = {
    'signed by another key': () => saying(2n, [ticketOf()], seedOf(1)),
    'of another ticket': () => saying(2n, [tagBytes(1)], seedOf(0)),
    'of the time before the change': () => saying(1n, [ticketOf()], seedOf(0)),
    'of another number than was signed': () => ({ ...saying(1n, [ticketOf()], seedOf(0)), sequence: '2' }),
    'not signed': () => ({ sequence: '2', used: [false], signature: '' }),
    'without an end': () => ({ ...saying(2n, [ticketOf()], seedOf(0)), more: 'x'.repeat(20_000) }),
    'not an object': () => [],
    'that the ticket is used, among others': () => ({ used: [true] }),
  }
  test.each(Object.entries(lies))('is not opened on a word %s', async (name, lie) => {
    const ticket = ++next
    network.lies.set(urlOf(0), async () => Response.json(lie()))
    expect(await network.open(1, ticket)).toBe(name.startsWith('that') ? 'ticket.used' : 'node.unavailable')
    network.lies.set(urlOf(0), async () => Response.json(saying(2n, [ticketOf()], seedOf(0))))
    expect(await network.open(1, ticket)).toBe('opened')
    network.lies.clear()
  })

  test('is told apart from a credential whose home has changed', async () => {
    const fact = { kind: noteKinds.fact, number: 0 }
    const opened = {
      nullifiers: [{ nullifier: BigInt(++next), x: 1n, y: 1n, noteClass: fact }],
    } as unknown as OpenedLane
    const codeAfter = async (answer: object) => {
      network.lies.set(urlOf(0), async () => Response.json(answer))
      return (await checkFormerHomes(network.nodes[1]!.deps, opened))?.code
    }
    expect(await codeAfter({ used: [true] })).toBe('credential.used')
    expect(await codeAfter({ used: [false] })).toBe('node.unavailable')
    expect(await codeAfter(saying(2n, [ticketOf()], seedOf(0)))).toBeUndefined()
    network.lies.clear()
  })

  test('a node says nothing of tickets to which it is home, and nothing of what is no nullifier', async () => {
    const ask = async (i: number, ...nullifiers: Uint8Array[]) =>
      (await network.nodes[i]!.post('/v1/nullifiers', { nullifiers: nullifiers.map(toBase64) })).json.code
    expect(await ask(1, tagBytes(++next))).toBe('node.unavailable')
    expect(await ask(0, tagBytes(next), new Uint8Array(31))).toBe('body.malformed')
    expect(await ask(0, tagBytes(next))).toBeUndefined()
  })
})

describe('while a node hears of the change', () => {
  const gate = () => {
    let open = () => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    return { open, opened }
  }

  test('what it has not decided yet is refused, and what it has decided is used', async () => {
    const network = await startNodes(2)
    await network.name([0])
    await network.hear(0)
    await network.name([1])
    await network.hear(1)
    const {
      groth16: { ticket: groth16 },
      store,
    } = network.nodes[0]!.deps
    const [proving, proof, writing, write] = [gate(), gate(), gate(), gate()]
    const { verify } = groth16
    Object.assign(groth16, {
      verify(items: never) {
        proving.open()
        return proof.opened.then(() => verify(items))
      },
    })
    const undecided = network.open(0, 801)
    await proving.opened
    Object.assign(groth16, { verify })
    const original = store.write
    Object.assign(store, {
      write(change: never) {
        writing.open()
        return write.opened.then(() => original(change))
      },
    })
    const decided = network.open(0, 802)
    await writing.opened
    await network.hear(0)
    const others = [801, 802].map((ticket) => network.open(1, ticket))
    await expect.poll(() => network.asked.filter((path) => path === '/v1/nullifiers')).toHaveLength(2)
    proof.open()
    write.open()
    expect(await Promise.all([undecided, decided])).toEqual(['lane.not-home', 'opened'])
    expect(await Promise.all(others)).toEqual(['opened', 'ticket.used'])
    await network.close()
  })

  test('another order of the nodes, or a new URL, is no change', async () => {
    const network = await startNodes(2)
    for (const set of [[0, 1], [1, 0], [1]]) await network.name(set)
    await network.hear(0)
    expect(network.nodes[0]!.checkpoints.sets().map(({ from }) => from)).toEqual([1n, 3n])
    await network.close()
  })
})

describe('former homes', () => {
  const node = (i: number) => ({ url: urlOf(i), key: tagBytes(i + 1) })
  const [a, b, c] = [node(0), node(1), node(2)]
  const self = c.key
  const subject = tagBytes(9)
  const homes = (...sets: Parameters<typeof formerHomesOf>[0]) =>
    formerHomesOf(sets, subject, { self, since: 100n }).map(({ url }) => url)

  test('are those of sets that held in the time that counts, and never the node itself or the newest set', () => {
    expect(homes({ nodes: [a], from: 1n })).toEqual([])
    expect(homes({ nodes: [a], from: 1n, until: 99n }, { nodes: [c], from: 2n })).toEqual([])
    expect(homes({ nodes: [a], from: 1n, until: 100n }, { nodes: [c], from: 2n })).toEqual([a.url])
    expect(homes({ nodes: [c], from: 1n, until: 100n }, { nodes: [b], from: 2n })).toEqual([])
  })

  test('are asked at their newest URL, once each', () => {
    const moved = { ...a, url: 'https://moved.test' }
    const sets = [a, b, moved].map((one, i) => ({ nodes: [one], from: BigInt(i), until: 200n }))
    expect(homes(...sets, { nodes: [c], from: 9n })).toEqual(['https://moved.test', b.url])
  })

  test('are all nodes that were ever named, where a set named none', () => {
    expect(homes({ nodes: [], from: 1n, until: 200n }, { nodes: [a, b, c], from: 2n })).toEqual([a.url, b.url])
  })
})
