import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { decodeCheckpoint, decodeSignedCheckpoint } from '../../../sdk/codec/index.ts'
import { toHex } from '../../../sdk/crypto/index.ts'
import { checkpointDigest } from '../../../sdk/verifier/index.ts'
import {
  createMemoryJournal,
  createSigner,
  makeKey,
  type Peer,
  type Signer,
} from '../../../service/prover/checkpoints/index.ts'
import type { LedgerEvent, ProverStore } from '../../../service/prover/store/index.ts'
import { append, FakeChain } from '../../helpers/fake-chain.ts'
import {
  leaks,
  offersOf,
  pageOf,
  type SigningProver,
  setsTerms,
  startStores,
  takesOffice,
} from '../../helpers/signing-provers.ts'

let stores: Awaited<ReturnType<typeof startStores>>
const newKey = () => createSigner(makeKey())
const keys = [newKey(), newKey(), newKey()] as const
const signers = keys.map(({ address }) => address)

beforeAll(async () => {
  stores = await startStores()
})

afterAll(() => stores?.close())

beforeEach(() => stores.reuse())

/** A block: how many operations, seconds after the one before, and what contracts say in it. */
const block = fc.record({
  operations: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 9 })),
  seconds: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 160 })),
  says: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    fc.constantFrom('terms', 'leak', 'renewal', 'end', 'nobody'),
  ),
})
type Block = typeof block extends fc.Arbitrary<infer T> ? T : never

/** The offices in it always have all the keys, if they have any, with one that is enough. */
function chainOf(blocks: readonly Block[]): FakeChain {
  const chain = new FakeChain()
  const times = [1_000, 1_010]
  for (const { seconds } of blocks) times.push((times.at(-1) ?? 0) + seconds)
  chain.timeOf = (number) => times[Number(number)] ?? 0
  chain.mine()
  chain.ledgerEvents = [takesOffice(chain, { block: 1, signers, threshold: 1 }), setsTerms(chain, { block: 1 })]
  let operations = 0
  for (const { operations: more, says } of blocks) {
    chain.mine(...Array.from({ length: more }, () => append(operations++)))
    if (says) chain.ledgerEvents.push(saidOf[says](chain, chain.blocks.length - 1))
  }
  return chain
}

const seated = (chain: FakeChain, block: number, seconds: number) =>
  takesOffice(chain, { block, signers, threshold: 1, endsAt: chain.timeOf(BigInt(block)) + seconds })

const saidOf: Record<NonNullable<Block['says']>, (chain: FakeChain, block: number) => LedgerEvent> = {
  terms: (chain, block) => setsTerms(chain, { block, requestBits: block }),
  leak: (chain, block) => leaks(BigInt(block), { block, until: chain.timeOf(BigInt(block)) + 90 }),
  renewal: (chain, block) => seated(chain, block, 1_000_000),
  end: (chain, block) => seated(chain, block, 50),
  nobody: (chain, block) => takesOffice(chain, { block, signers: [] }),
}

const encoded = async ({ sealed }: SigningProver) =>
  (await sealed()).map((bytes) => toHex(decodeSignedCheckpoint(bytes).checkpoint))

test('provers that look at other times, at other heads and in other steps make the same checkpoints', async () => {
  const blocks = fc.array(block, { minLength: 8, maxLength: 24 })
  const heads = fc.array(fc.nat(26), { maxLength: 6 })
  let made = 0
  await fc.assert(
    fc.asyncProperty(blocks, heads, fc.integer({ min: 1, max: 9 }), async (blocks, heads, range) => {
      stores.reuse()
      const chain = chainOf(blocks)
      const [atOnce, inSteps] = [
        await stores.prover(chain, { signer: keys[0], maxRoots: 5 }),
        await stores.prover(chain, { signer: keys[1], maxRoots: 5, range: BigInt(range) }),
      ]
      await atOnce.look().catch(ignoreOffice)
      for (const head of [...heads].sort((a, b) => a - b)) {
        if (head < chain.blocks.length) await inSteps.look(BigInt(head)).catch(ignoreOffice)
      }
      await inSteps.look().catch(ignoreOffice)
      const all = await encoded(atOnce)
      made += all.length
      expect(await encoded(inSteps)).toEqual(all)
      for (const { officeEndsAt, issuedAt, signers } of await atOnce.checkpoints()) {
        expect(signers).toHaveLength(3)
        expect(issuedAt).toBeLessThanOrEqual(officeEndsAt)
      }
    }),
    { numRuns: 8 },
  )
  expect(made).toBeGreaterThan(8)
})

/** While nobody is in office, there is nobody to sign. */
function ignoreOffice(error: { code?: string }): void {
  if (error.code !== 'signer.not-in-force') throw error
}

const died = new Error('The process dies here.')
const steps = ['propose', 'write', 'seal', 'withdraw', 'append'] as const
type Step = (typeof steps)[number]

/** A store whose process dies at a step: before it, or when it is done. */
function dying(store: ProverStore, at: { step: Step | undefined; isDone: boolean }): ProverStore {
  const wrap = <Args extends unknown[]>(name: Step, method: (...args: Args) => Promise<void>) => {
    return async (...args: Args) => {
      const isHere = at.step === name
      if (isHere && !at.isDone) throw died
      await method(...args)
      if (isHere) throw died
    }
  }
  const { propose, seal, withdraw, append } = store
  return {
    ...store,
    propose: wrap('propose', propose),
    seal: wrap('seal', seal),
    withdraw: wrap('withdraw', withdraw),
    append: wrap('append', append),
  }
}

/** Signs what is in the journal, and never two digests for a number. */
function watched(signer: Signer) {
  const [numbers, signed] = [new Map<string, bigint>(), new Map<bigint, string>()]
  const journal = createMemoryJournal()
  return {
    journal: {
      read: journal.read,
      async write(checkpoint: Uint8Array) {
        await journal.write(checkpoint)
        const made = decodeCheckpoint(checkpoint)
        numbers.set(toHex(checkpointDigest(made)), made.sequence)
      },
    },
    signer: {
      address: signer.address,
      sign(digest: Uint8Array) {
        const number = numbers.get(toHex(digest)) ?? expect.fail('It signs what is not on the disk.')
        expect(signed.get(number) ?? toHex(digest)).toBe(toHex(digest))
        signed.set(number, toHex(digest))
        return signer.sign(digest)
      },
    },
    signed,
  }
}

const act = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('mine' as const), operations: fc.nat(2) }) },
  fc.record({ kind: fc.constant('takeBack' as const), count: fc.integer({ min: 1, max: 3 }), again: fc.nat(3) }),
  fc.record({
    kind: fc.constant('die' as const),
    who: fc.nat(2),
    step: fc.constantFrom(...steps),
    isDone: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('forget' as const), who: fc.nat(2), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('part' as const), who: fc.nat(2), isAlone: fc.boolean() }),
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('look' as const), who: fc.nat(2), behind: fc.nat(3) }) },
)
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never

/** Three provers, two of whom are enough, on a chain that takes blocks back; each can die, forget, or be cut off. */
async function playNetwork() {
  const chain = chainOf([])
  chain.timeOf = (number) => 1_000 + 60 * Number(number)
  chain.ledgerEvents = [takesOffice(chain, { block: 1, signers, threshold: 2 }), setsTerms(chain, { block: 1 })]
  const own = keys.map(watched)
  const dies = keys.map(() => ({ step: undefined as Step | undefined, isDone: false }))
  const isAlone = [false, false, false]
  const running: SigningProver[] = []
  const others = (who: number) => running.filter((_, i) => i !== who && !isAlone[i] && !isAlone[who])
  const silent = () => Promise.reject(Object.assign(new Error('silent'), { code: 'prover.unavailable' }))
  let leaf = 0

  async function start(who: number, kept?: ProverStore): Promise<void> {
    const at = dies[who] ?? expect.fail('nobody')
    Object.assign(at, { step: undefined })
    const peers: Peer[] = [0, 1, 2].map((i) => async (after) => {
      const peer = running[i]
      if (i === who || !peer) return []
      return others(who).includes(peer) ? await pageOf(peer)(after) : await silent()
    })
    const proposals = () => offersOf(others(who))()
    const bare = kept ?? (await stores.prover(chain)).store
    const { signer, journal } = own[who] ?? expect.fail('nobody')
    const store = dying(bare, at)
    const dyingJournal = {
      ...journal,
      write: (bytes: Uint8Array) => (at.step === 'write' ? Promise.reject(died) : journal.write(bytes)),
    }
    const isFirst = running[who] === undefined
    const options = { signer, store, journal: dyingJournal, peers, proposals, mayBegin: () => isFirst }
    const prover = await stores.prover(chain, options)
    await prover.issuer.recover()
    running[who] = { ...prover, store: bare }
  }

  async function look(who: number, behind: number): Promise<void> {
    const head = BigInt(Math.max(1, chain.blocks.length - 1 - behind))
    await running[who]?.look(head).catch(async (error) => {
      if (error === died || error.cause === died) return await start(who, running[who]?.store)
      if (typeof error.code !== 'string') throw error
    })
  }

  const doOf: { [K in Act['kind']]: (one: Extract<Act, { kind: K }>) => Promise<void> } = {
    mine: async ({ operations }) =>
      void chain.mine(...Array.from({ length: operations }, () => append(chainLeaves(chain), BigInt(++leaf)))),
    takeBack: async ({ count, again }) => {
      chain.takeBack(Math.min(count, chain.blocks.length - 2))
      for (let i = 0; i < again; i++) chain.mine(append(chainLeaves(chain), BigInt(++leaf)))
    },
    die: async ({ who, step, isDone }) => void Object.assign(dies[who] ?? {}, { step, isDone }),
    forget: async ({ who, count }) => {
      const store = running[who]?.store ?? expect.fail('nobody')
      await stores.forget(store, count)
      await start(who, store)
    },
    part: async (one) => void isAlone.splice(one.who, 1, one.isAlone),
    look: ({ who, behind }) => look(who, behind),
  }
  for (const who of [0, 1, 2]) await start(who)
  return {
    running,
    own,
    act: (one: Act) => (doOf[one.kind] as (one: Act) => Promise<void>)(one),
  }
}

const chainLeaves = (chain: FakeChain): number =>
  chain.blocks.flatMap(({ operations }) => operations).filter(({ operation }) => operation.kind === 'append').length

test('no key signs two checkpoints with one number, and none is sealed twice, whatever dies, is forgotten, cut off or taken back', async () => {
  let signed = 0
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 15, maxLength: 40 }), async (acts) => {
      stores.reuse()
      const { running, own, act } = await playNetwork()
      for (const one of acts) await act(one)
      const sealed = new Map<number, string>()
      for (const prover of running) {
        for (const [i, bytes] of (await encoded(prover)).entries()) {
          expect(sealed.get(i) ?? bytes).toBe(bytes)
          sealed.set(i, bytes)
        }
      }
      signed += own.reduce((sum, { signed }) => sum + signed.size, 0)
    }),
    { numRuns: 16, endOnFailure: true },
  )
  expect(signed).toBeGreaterThan(16)
})
