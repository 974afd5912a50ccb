import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Checkpoint, decodeCheckpoint, decodeSignedCheckpoint } from '../../../sdk/codec/index.ts'
import { type Address, addressToBytes, networkIdOf } from '../../../sdk/crypto/index.ts'
import { checkpointDigest, trustAfter, verifyCheckpoint } from '../../../sdk/verifier/index.ts'
import { type Database, openPostgres } from '../../../service/plugins/database/index.ts'
import { createMemoryJournal, createSigner, Issuer, makeKey } from '../../../service/prover/checkpoints/index.ts'
import { Indexer } from '../../../service/prover/indexer/index.ts'
import { createSqlStore, type ProverStore } from '../../../service/prover/store/index.ts'
import { append, FakeChain } from '../../helpers/fake-chain.ts'
import { startPostgres } from '../../helpers/postgres.ts'

const noteTree = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
const network = { networkId: networkIdOf('test'), chainId: 1n, noteTree, nodes: [] } as const
const signer = createSigner(makeKey())
const trust = { networkId: network.networkId, signers: [signer.address], threshold: 1 }

describe('the issuer', () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>
  let database: Database
  let store: ProverStore
  let chain: FakeChain
  let indexer: Indexer
  let journal = createMemoryJournal()
  let time: number

  beforeAll(async () => {
    postgres = await startPostgres()
    database = await openPostgres('test', await postgres.database())
  })

  afterAll(async () => {
    await database?.close()
    await postgres?.stop()
  })

  beforeEach(async () => {
    await forget()
    chain = new FakeChain()
    indexer = new Indexer({ chain, store, fromBlock: 1n })
    journal = createMemoryJournal()
    time = 1_000
  })

  async function forget() {
    await database.script('drop table if exists deployment, operations, blocks, checkpoints')
    store = await createSqlStore(database)
    indexer = new Indexer({ chain, store, fromBlock: 1n })
  }

  type Changes = Partial<ConstructorParameters<typeof Issuer>[0]>
  const makeIssuer = (changes: Changes = {}) =>
    new Issuer({
      chain,
      store,
      journal,
      signer,
      network,
      interval: 60,
      firstSequence: 1n,
      clock: () => time + 0.5,
      ...changes,
    })

  async function look(issuer = makeIssuer()) {
    const { block } = await indexer.sync(await chain.head())
    return await issuer.issue(block ?? expect.fail('The chain stands still.'))
  }

  async function signed(): Promise<Checkpoint[]> {
    return (await store.signedAfter(0n, 1_000)).map((bytes) => verifyCheckpoint(decodeSignedCheckpoint(bytes), trust))
  }

  test('signs at once where the log grew, and otherwise when it is time and there are new blocks', async () => {
    expect(await look()).toBe(1)
    expect(await look()).toBe(0)
    chain.mine()
    expect(await look()).toBe(0)
    chain.mine(append(0))
    expect(await look()).toBe(1)
    time += 60
    expect(await look()).toBe(0)
    chain.mine()
    expect(await look()).toBe(1)
    expect(await signed()).toMatchObject([
      { sequence: 1n, operations: 0n, blockNumber: 0n, issuedAt: 1_000n },
      { sequence: 2n, operations: 1n, blockNumber: 2n, issuedAt: 1_000n },
      { sequence: 3n, operations: 1n, blockNumber: 3n, issuedAt: 1_060n, roots: [] },
    ])
  })

  test('signs when a class is added or the node set changes', async () => {
    await look()
    chain.noteClasses = [...chain.noteClasses, { ...chain.noteClasses[0]!, number: 2 }]
    expect(await look()).toBe(1)
    const nodes = [{ url: 'http://node.example', key: new Uint8Array(32).fill(1) }]
    const issuer = makeIssuer({ network: { ...network, nodes } })
    expect(await look(issuer)).toBe(1)
    expect(await look(issuer)).toBe(0)
    expect((await signed()).at(-1)).toMatchObject({ nodes, classes: [{ number: 1 }, { number: 2 }] })
  })

  test('cuts a long log into checkpoints of so many roots', async () => {
    chain.mine(...Array.from({ length: 25 }, (_, i) => append(i)))
    expect(await look(makeIssuer({ maxRoots: 10 }))).toBe(3)
    expect((await signed()).map(({ operations, roots }) => [operations, roots.length])).toEqual([
      [10n, 10],
      [20n, 10],
      [25n, 5],
    ])
  })

  test('time never runs backwards', async () => {
    await look()
    time -= 500
    chain.mine(append(0))
    await look()
    expect((await signed()).map(({ issuedAt }) => issuedAt)).toEqual([1_000n, 1_000n])
  })

  test('signs nothing while the chain has less than is signed, then the roots since the common log', async () => {
    chain.mine(append(0)).mine(append(1), append(2))
    await look()
    chain.takeBack(1).mine(append(1, 50n))
    await expect(look()).rejects.toMatchObject({ code: 'log.shrunk' })
    expect(await signed()).toHaveLength(1)

    chain.mine(append(2, 51n))
    expect(await look()).toBe(1)
    const last = (await signed()).at(-1)
    expect(last).toMatchObject({ sequence: 2n, operations: 3n, logHash: (await chain.claim(3n)).chain })
    expect(last?.roots).toHaveLength(3) // the first checkpoint covered 3 operations, and none before it any
    expect(await look()).toBe(0)
  })

  test('a replaced log shares with the next checkpoint what an earlier checkpoint covers', async () => {
    chain.mine(append(0))
    await look()
    chain.mine(append(1))
    await look()
    chain.takeBack(1).mine(append(1, 50n))
    expect(await look()).toBe(1)
    expect((await signed()).at(-1)?.roots).toHaveLength(1)
  })

  const crash = new Error('The process dies here.')

  test.each<[string, () => Changes]>([
    ['the signature is stored', () => ({ store: { ...store, seal: () => Promise.reject(crash) } })],
    ['the journal is written', () => ({ journal: { ...journal, write: () => Promise.reject(crash) } })],
  ])('where the process dies before %s, the same checkpoint is signed later', async (_, changes) => {
    await look()
    chain.mine(append(0))
    await expect(look(makeIssuer(changes()))).rejects.toThrow(crash)
    expect(await signed()).toHaveLength(1)
    const proposed = await store.newestProposal()
    expect(proposed).toMatchObject({ sequence: 2n, signed: undefined })

    time += 1_000
    const issuer = makeIssuer()
    await issuer.recover()
    await look(issuer)
    const [, second, ...rest] = await store.signedAfter(0n, 10)
    expect(decodeSignedCheckpoint(second ?? new Uint8Array()).checkpoint).toEqual(proposed?.checkpoint)
    expect(rest).toEqual([])
  })

  describe('the next signers', () => {
    const other = createSigner(makeKey())
    const set = (...signers: { address: Address }[]) => ({
      signers: signers.map(({ address }) => address),
      threshold: 1,
    })

    test('are announced at once, by who signed before, who then signs no more', async () => {
      await look()
      chain.signerSet = set(other)
      expect(await look()).toBe(1)
      expect((await signed())[1]).toMatchObject({ signers: [addressToBytes(other.address)], threshold: 1 })
      await expect(look()).rejects.toMatchObject({ code: 'signer.not-in-force' })
      chain.mine(append(0))
      await expect(look()).rejects.toMatchObject({ code: 'signer.not-in-force' })
      expect(await signed()).toHaveLength(2)
    })

    test('sign from the next checkpoint on, and stay until others are announced', async () => {
      chain.signerSet = set(signer, other)
      expect(await look()).toBe(1)
      expect(await look()).toBe(0)
      chain.mine(append(0))
      expect(await look(makeIssuer({ signer: other }))).toBe(1)
      const both = { ...trust, signers: [signer.address, other.address] }
      const [first, second] = (await store.signedAfter(0n, 9)).map((bytes) => decodeSignedCheckpoint(bytes))
      expect(trustAfter(verifyCheckpoint(first!, trust), trust)).toEqual(both)
      expect(verifyCheckpoint(second!, both).operations).toBe(1n)
      expect(() => verifyCheckpoint(second!, trust)).toThrow(expect.objectContaining({ code: 'checkpoint.invalid' }))
    })

    test('do not let a checkpoint be finished that was begun by who signs no more', async () => {
      await look()
      chain.signerSet = set(other)
      await look()
      chain.mine(append(0))
      const fails = { store: { ...store, seal: () => Promise.reject(crash) }, signer: other }
      await expect(look(makeIssuer(fails))).rejects.toThrow(crash)
      await expect(look()).rejects.toMatchObject({ code: 'signer.not-in-force' })
      expect(await signed()).toHaveLength(2)
    })

    test('are not announced where one signature would not do, since nobody could sign after that', async () => {
      await look()
      chain.signerSet = { ...set(signer, other), threshold: 2 }
      chain.mine(append(0))
      await expect(look()).rejects.toMatchObject({ code: 'signer.threshold' })
      chain.signerSet = set(signer, other)
      expect(await look()).toBe(1)
      expect((await signed()).map(({ threshold }) => threshold)).toEqual([0, 1])
    })

    test('are nobody new where the chain does not say', async () => {
      await look()
      expect((await signed())[0]).toMatchObject({ signers: [], threshold: 0 })
    })
  })

  test('announces secrets as soon as they are out, and no longer than they are told', async () => {
    let leaks: Uint8Array[] = []
    const issuer = makeIssuer({ leaks: async () => leaks })
    expect(await look(issuer)).toBe(1)
    leaks = [new Uint8Array(32).fill(7)]
    expect(await look(issuer)).toBe(1)
    expect(await look(issuer)).toBe(0)
    leaks = []
    expect(await look(issuer)).toBe(1)
    expect((await signed()).map((one) => one.leaks.length)).toEqual([0, 1, 0])
  })

  test('a number whose checkpoint is not true any more is never used again', async () => {
    chain.mine(append(0))
    const changes = { store: { ...store, seal: () => Promise.reject(crash) } }
    await expect(look(makeIssuer(changes))).rejects.toThrow(crash)
    chain.takeBack(1).mine(append(0, 50n))
    await look()
    expect(await signed()).toMatchObject([{ sequence: 2n, operations: 1n }])
  })

  test('a database that forgot its last moments does not make one number stand for two checkpoints', async () => {
    chain.mine(append(0))
    await look()
    const [before] = await signed()
    await forget()
    time += 1_000

    const issuer = makeIssuer()
    await issuer.recover()
    await look(issuer)
    const after = await signed()
    expect(after[0]).toEqual(before)
    chain.mine(append(1))
    await look(issuer)
    expect((await signed()).map(({ sequence }) => sequence)).toEqual([1n, 2n])
  })

  test('a checkpoint that nobody could read takes no number', async () => {
    const [sold] = chain.noteClasses
    chain.noteClasses = [{ ...sold!, kind: 9 }]
    await expect(look()).rejects.toMatchObject({ code: 'checkpoint.malformed' })
    expect(await store.newestProposal()).toBeUndefined()
  })

  test('all provers make one and the same checkpoint of one moment, and sign the same digest', async () => {
    chain.mine(append(0))
    await look()
    const [first] = await signed()
    await forget()
    const other = createSigner(makeKey())
    await look(makeIssuer({ signer: other, journal: createMemoryJournal() }))
    const [bytes] = await store.signedAfter(0n, 1)
    const { checkpoint } = decodeSignedCheckpoint(bytes ?? new Uint8Array())
    expect(checkpointDigest(decodeCheckpoint(checkpoint))).toEqual(checkpointDigest(first ?? expect.fail('none')))
  })
})
