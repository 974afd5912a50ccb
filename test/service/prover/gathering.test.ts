import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Checkpoint,
  decodeCheckpoint,
  decodeSignedCheckpoint,
  encodeCheckpoint,
  encodeSignedCheckpoint,
  type SignedCheckpoint,
} from '../../../sdk/codec/index.ts'
import { addressToBytes, concatBytes, fromBytes, toBase64, toBytes32 } from '../../../sdk/crypto/index.ts'
import { checkpointDigest, signersOf, unsaidTerms, verifyCheckpoint } from '../../../sdk/verifier/index.ts'
import {
  createPeers,
  createProposals,
  createSigner,
  makeKey,
  type Signer,
} from '../../../service/prover/checkpoints/index.ts'
import { append, FakeChain } from '../../helpers/fake-chain.ts'
import {
  offersOf,
  pageOf,
  type SigningProver,
  setsTerms,
  signedNetwork,
  startStores,
  takesOffice,
} from '../../helpers/signing-provers.ts'

let stores: Awaited<ReturnType<typeof startStores>>
let chain: FakeChain
const newKey = () => createSigner(makeKey())
const [one, two, three] = [newKey(), newKey(), newKey()] as const
const keys = [one, two, three]
const signers = keys.map(({ address }) => address)
const trust = { ...signedNetwork, signers, threshold: 2 }

beforeAll(async () => {
  stores = await startStores()
})

afterAll(() => stores?.close())

beforeEach(() => {
  stores.reuse()
  chain = foundChain()
})

/** Two of three are enough. */
function foundChain(): FakeChain {
  const chain = new FakeChain()
  chain.mine().mine(append(0)).mine(append(1))
  chain.ledgerEvents = [takesOffice(chain, { block: 1, signers }), setsTerms(chain, { block: 1 })]
  return chain
}

/** A checkpoint under the signatures of some keys. */
function sign(checkpoint: Checkpoint, ...who: readonly Signer[]): SignedCheckpoint {
  const digest = checkpointDigest(checkpoint)
  const signatures = who.map((key) => ({ signer: addressToBytes(key.address), signature: key.sign(digest) }))
  return decodeSignedCheckpoint(encodeSignedCheckpoint({ checkpoint: encodeCheckpoint(checkpoint), signatures }))
}

async function truth(on = chain): Promise<Checkpoint[]> {
  const prover = await stores.prover(alone(on), { signer: one })
  await prover.look()
  return await prover.checkpoints()
}

/** The same chain, where one signature is enough: its checkpoints differ in that alone. */
function alone(chain: FakeChain): FakeChain {
  const copy = new FakeChain()
  copy.blocks.splice(0, 1, ...chain.blocks)
  copy.ledgerEvents = chain.ledgerEvents.map((event) => (event.kind === 'office' ? { ...event, threshold: 1 } : event))
  return copy
}

/** Provers that offer each other what they would sign. */
async function network(...chains: readonly FakeChain[]): Promise<SigningProver[]> {
  const provers: SigningProver[] = []
  const others = (own: number) => provers.filter((_, i) => i !== own)
  for (const [i, seen] of chains.entries()) {
    const peers = chains.map((_, j) => async (after: bigint) => {
      const peer = provers[j]
      return peer && j !== i ? await pageOf(peer)(after) : []
    })
    const proposals = () => offersOf(others(i))()
    provers.push(await stores.prover(seen, { signer: keys[i] ?? one, peers, proposals }))
  }
  return provers
}

async function lookAll(provers: readonly SigningProver[], times = 4): Promise<void> {
  for (let i = 0; i < times; i++) {
    for (const prover of provers) await prover.look().catch((error) => expect(error.code).toMatch(/^(signer|log)\./))
  }
}

describe('two of three', () => {
  test('sign each checkpoint together, and say the same', async () => {
    const provers = await network(chain, chain, chain)
    await lookAll(provers, 6)
    const all = await provers[0]?.sealed()
    expect(all).toHaveLength(3)
    for (const bytes of all ?? []) verifyCheckpoint(decodeSignedCheckpoint(bytes), trust, { now: 1e9 })
    for (const prover of provers) expect(await prover.sealed()).toEqual(all)
  })

  test.each<[string, (chain: FakeChain) => void]>([
    ['stands still', (chain) => void chain.takeBack(2)],
    [
      'lies about times',
      (chain) => void Object.assign(chain, { timeOf: (block: bigint) => 1_500 + 10 * Number(block) }),
    ],
    ['is another fork', (chain) => void chain.takeBack(2).mine(append(0, 77n)).mine(append(1, 78n))],
    ['hides an operation', (chain) => void chain.hidden.add(1)],
    ['hides what the registry said', (chain) => void chain.ledgerEvents.pop()],
  ])('go on while the chain of the third %s, and nobody follows it', async (_, lie) => {
    const other = foundChain()
    lie(other)
    const provers = await network(other, chain, chain)
    await lookAll(provers, 6)
    const sealed = await provers[1]?.sealed()
    expect(sealed).toHaveLength(3)
    expect(await provers[2]?.sealed()).toEqual(sealed)
    expect((await provers[1]?.checkpoints())?.map(({ blockNumber }) => Number(blockNumber))).toEqual([1, 2, 3])
  })

  test('who saw another fork and signed it goes on with the others when its chain is theirs', async () => {
    const other = foundChain()
    other.takeBack(2).mine(append(0, 77n)).mine(append(1, 78n))
    const [, second, third] = await network(chain, chain, chain)
    const first = await stores.prover(other, { signer: one })
    await first.look()
    expect(first.proposed()).toBeDefined()
    await lookAll([second!, third!], 6)
    const peers = [pageOf(second!), pageOf(third!)]
    const again = await stores.prover(chain, { signer: one, store: first.store, journal: first.journal, peers })
    await again.look()
    expect(await again.sealed()).toEqual(await second?.sealed())
  })
})

describe('what others have sealed', () => {
  test('is taken up though it was made at another block, where all that it says is so', async () => {
    chain.mine().mine()
    const [first] = await truth()
    const at = async (block: number) => ({
      blockNumber: BigInt(block),
      blockHash: Uint8Array.from(Buffer.from(chain.blocks[block]!.hash.slice(2), 'hex')),
      issuedAt: BigInt(chain.timeOf(BigInt(block))),
    })
    const grown = (await truth())[2]!
    const late = { ...grown, ...(await at(5)), threshold: 2, sequence: 2n }
    const base = { ...first!, threshold: 2 }
    const roots = [...(await truth())[1]!.roots, ...grown.roots]
    const second = { ...late, previous: checkpointDigest(base), roots }
    const told = [sign(base, two, three), sign(second, two, three)]
    const prover = await stores.prover(chain, { signer: one, peers: [async (after) => told.slice(Number(after))] })
    await prover.look()
    expect(await prover.checkpoints()).toEqual([base, second])
  })

  const filled = new Uint8Array(32).fill(1)
  test.each<[string, (made: Checkpoint) => Partial<Checkpoint>]>([
    ['terms', () => ({ ...unsaidTerms, checkpointSeconds: 5 })],
    ['classes', ({ classes }) => ({ classes: classes.map((entry) => ({ ...entry, price: 1n })) })],
    ['nodes', () => ({ nodes: [{ url: 'http://evil.test', key: filled }] })],
    ['issuers', () => ({ issuers: [{ url: 'http://evil.test', x: filled, y: filled }] })],
    ['signers', ({ signers }) => ({ signers: signers.slice(1) })],
    ['threshold', () => ({ threshold: 3 })],
    ['end of an office', ({ officeEndsAt }) => ({ officeEndsAt: officeEndsAt + 1n })],
    ['leaks', () => ({ leaks: [filled] })],
    ['time', ({ issuedAt }) => ({ issuedAt: issuedAt + 1n })],
    ['block hash', () => ({ blockHash: filled })],
    ['block, which is long past as the chain has it', () => ({ blockNumber: 99n })],
    ['log', () => ({ logHash: filled })],
    ['root', ({ roots }) => ({ roots: [...roots.slice(1), filled], root: filled })],
    ['first of all roots', ({ roots }) => ({ roots: [filled, ...roots.slice(1)] })],
  ])('under a false %s is disowned, and this prover offers its own for the number', async (_, lie) => {
    const base = { ...(await truth())[0]!, threshold: 2 }
    const made = { ...(await truth())[1]!, threshold: 2, previous: checkpointDigest(base) }
    const told = [sign(base, two, three), sign({ ...made, ...lie(made) }, two, three)]
    const prover = await stores.prover(chain, { signer: one, peers: [async (after) => told.slice(Number(after))] })
    await prover.look()
    expect(await prover.checkpoints()).toEqual([base])
    expect(decodeCheckpoint(prover.proposed()!.checkpoint)).toEqual(made)
  })

  test('by a peer that lies keeps nothing from a prover that others tell the truth, whoever is asked first', async () => {
    const linked: Checkpoint[] = []
    for (const made of await truth()) {
      const last = linked.at(-1)
      linked.push({ ...made, threshold: 2, previous: last ? checkpointDigest(last) : made.previous })
    }
    const told = linked.map((made) => sign(made, one, two))
    const lies: SignedCheckpoint[][] = [
      [sign(linked[0]!, three)],
      [sign({ ...linked[0]!, root: filled }, two, three)],
      [sign(linked[1]!, two, three)],
      [{ ...told[0]!, signatures: [] }],
    ]
    const liars = lies.map((page) => async () => page)
    const broken = () => Promise.reject(new Error('noise'))
    const honest = async (after: bigint) => told.slice(Number(after))
    const prover = await stores.prover(chain, { signer: three, peers: [...liars, broken, honest, ...liars] })
    await prover.look().catch((error) => expect(error.message).toBe('noise'))
    expect(await prover.checkpoints()).toEqual(linked)
  })
})

describe('what others offer to be signed', () => {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  let server: Server
  const open: ServerResponse[] = []
  let offered: Record<string, () => SignedCheckpoint>

  const misbehaving: Record<string, (response: ServerResponse) => void> = {
    hang: () => undefined,
    drip: (response) => void setInterval(() => response.write(' '), 50).unref(),
    garbage: (response) => response.end('{"checkpoint":"'.padEnd(8_000_000, 'A')),
  }
  const answerNothing = (response: ServerResponse) => response.end('{"checkpoints":[]}')
  const answerOffer = (who: string) => (response: ServerResponse) => {
    const checkpoint = offered[who]?.()
    response.statusCode = checkpoint ? 200 : 404
    response.end(checkpoint ? JSON.stringify({ checkpoint: toBase64(encodeSignedCheckpoint(checkpoint)) }) : '{}')
  }

  beforeAll(async () => {
    server = createServer(({ url = '' }, response) => {
      open.push(response)
      const [, who = ''] = url.split('/')
      const answer = misbehaving[who] ?? (url.includes('after=') ? answerNothing : answerOffer(who))
      answer(response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })

  afterEach(() => {
    for (const response of open.splice(0)) response.destroy()
  })

  afterAll(() => server?.close())

  async function start(...who: readonly string[]) {
    const urls = who.map((name) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`)
    const { signal } = new AbortController()
    const asked = { peers: createPeers(urls, signal), proposals: createProposals(urls, signal) }
    return await stores.prover(chain, { signer: one, ...asked })
  }

  const signatureOf = (signed: SignedCheckpoint) => signed.signatures[0]!.signature
  const withSignature = (signed: SignedCheckpoint, ...signatures: readonly Uint8Array[]) => ({
    ...signed,
    signatures: signatures.map((signature) => ({ ...signed.signatures[0]!, signature })),
  })
  const highS = (signature: Uint8Array) =>
    concatBytes(
      signature.subarray(0, 32),
      toBytes32(order - fromBytes(signature.subarray(32, 64))),
      Uint8Array.of(55 - signature[64]!),
    )

  test('does not have to come from everybody: who hangs, drips or sends garbage stops nobody for long', async () => {
    const first = { ...(await truth())[0]!, threshold: 2 }
    offered = { honest: () => sign(first, two) }
    const prover = await start('hang', 'garbage', 'drip', 'hang', 'honest')
    const started = performance.now()
    expect(await prover.look()).toBe(1)
    const took = performance.now() - started
    expect(took).toBeLessThan(8_000) // each is waited for two seconds, all at once
    const times: number[] = []
    for (let i = 0; i < 3; i++) {
      const started = performance.now()
      await prover.look()
      times.push(performance.now() - started)
    }
    expect(Math.min(...times)).toBeLessThan(1_000) // they are left alone for a while
    expect(prover.proposed()).toBeDefined()
  })

  test('counts by key, whatever it is called, and only for the very same checkpoint', async () => {
    const [first, second] = (await truth()) as [Checkpoint, Checkpoint]
    const wanted = { ...first, threshold: 2 }
    const [mine, other, stranger] = [sign(wanted, one), sign(wanted, two), newKey()]
    const useless: SignedCheckpoint[] = [
      sign(wanted, stranger),
      sign(wanted, one, one, one),
      withSignature(other, signatureOf(mine), highS(signatureOf(mine))),
      withSignature(other, highS(signatureOf(other))),
      withSignature(mine, signatureOf(sign(wanted, stranger))),
      withSignature(other, signatureOf(sign(second, two))),
      withSignature(other, signatureOf(other).subarray(0, 64)),
      withSignature(other, new Uint8Array(65), new Uint8Array(65).fill(255)),
      sign(second, two, three),
      sign({ ...wanted, root: new Uint8Array(32) }, two, three),
      sign({ ...wanted, sequence: 9n }, two, three),
    ]
    const prover = await start('peer')
    for (const one of useless) {
      offered = { peer: () => one }
      expect(await prover.look()).toBe(0)
      expect(signersOf(prover.proposed()!, signers)).toEqual([signers[0]])
    }
    offered = { peer: () => withSignature(mine, signatureOf(other)) }
    expect(await prover.look()).toBe(1)
    const [sealed] = await prover.sealed()
    expect(signersOf(decodeSignedCheckpoint(sealed!), signers)).toHaveLength(2)
  })
})
