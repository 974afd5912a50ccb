import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Checkpoint,
  decodeCheckpoint,
  decodeSignedCheckpoint,
  encodeCheckpoint,
  encodeSignedCheckpoint,
} from '../../../sdk/codec/index.ts'
import { addressToBytes, networkIdOf, zeroAddress } from '../../../sdk/crypto/index.ts'
import {
  applyCheckpoint,
  type CheckpointView,
  checkpointDigest,
  verifyCheckpoint,
} from '../../../sdk/verifier/index.ts'
import { type Database, openPostgres } from '../../../service/plugins/database/index.ts'
import {
  createMemoryJournal,
  createOwnSchedule,
  createPeers,
  createSigner,
  Issuer,
  makeKey,
} from '../../../service/prover/checkpoints/index.ts'
import { Indexer } from '../../../service/prover/indexer/index.ts'
import { createSqlStore, type ProverStore } from '../../../service/prover/store/index.ts'
import { append, capacity, FakeChain } from '../../helpers/fake-chain.ts'
import { startPostgres } from '../../helpers/postgres.ts'

const noteTree = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
const network = { networkId: networkIdOf('test'), chainId: 1n, noteTree, registry: zeroAddress } as const
const signer = createSigner(makeKey())
const trust = { ...network, signers: [signer.address], threshold: 1 }

/** A checkpoint under the signer's signature, whatever it says. */
const sign = (checkpoint: Checkpoint) => {
  const signatures = [{ signer: addressToBytes(signer.address), signature: signer.sign(checkpointDigest(checkpoint)) }]
  return decodeSignedCheckpoint(encodeSignedCheckpoint({ checkpoint: encodeCheckpoint(checkpoint), signatures }))
}

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
    indexer = new Indexer({ chain, store, fromBlock: 1n, capacity })
    journal = createMemoryJournal()
    time = 1_000
  })

  async function forget() {
    await database.script('drop schema public cascade; create schema public')
    store = await createSqlStore(database)
    indexer = new Indexer({ chain, store, fromBlock: 1n, capacity })
  }

  type Scheduling = Partial<Parameters<typeof createOwnSchedule>[0]>
  type Changes = Partial<ConstructorParameters<typeof Issuer>[0]> &
    Pick<Scheduling, 'maxRoots' | 'nodes' | 'issuers' | 'genesis'>
  const makeIssuer = ({ maxRoots, nodes = [], issuers = () => [], genesis, ...changes }: Changes = {}) => {
    const own = { signers: [(changes.signer ?? signer).address], threshold: 1 }
    const clock = () => time + 0.5
    const schedule = createOwnSchedule({
      chain,
      store,
      nodes,
      issuers,
      genesis: genesis ?? own,
      interval: 60,
      clock,
      maxRoots,
    })
    const edges = { clock, mayBegin: () => true, confirm: async () => {} }
    return new Issuer({ chain, store, journal, signer, network, schedule, ...edges, ...changes })
  }

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

  test('signs when a class is added, or the nodes or the issuers change', async () => {
    await look()
    chain.noteClasses = [...chain.noteClasses, { ...chain.noteClasses[0]!, number: 2 }]
    expect(await look()).toBe(1)
    const nodes = [{ url: 'http://node.example', key: new Uint8Array(32).fill(1) }]
    const issuer = makeIssuer({ nodes })
    expect(await look(issuer)).toBe(1)
    expect(await look(issuer)).toBe(0)
    expect((await signed()).at(-1)).toMatchObject({ nodes, classes: [{ number: 1 }, { number: 2 }] })
    const issuers = [{ url: 'http://issuer.example', x: new Uint8Array(32).fill(2), y: new Uint8Array(32).fill(3) }]
    const attesting = makeIssuer({ nodes, issuers: () => issuers })
    expect([await look(attesting), await look(attesting)]).toEqual([1, 0])
    expect((await signed()).at(-1)).toMatchObject({ nodes, issuers })
  })

  test('asks the chain once about a block that says nothing new, and again about what it would sign', async () => {
    const asked: string[] = []
    const noting =
      <Args extends unknown[], T>(name: string, ask: (...args: Args) => T) =>
      (...args: Args): T => {
        asked.push(name)
        return ask(...args)
      }
    const noted = {
      classes: noting('classes', () => chain.classes()),
      time: noting('time', (block: bigint) => chain.time(block)),
    }
    const shared = { store, nodes: [], issuers: () => [], interval: 60, clock: () => time + 0.5 }
    const own = { signers: [signer.address], threshold: 1 }
    const schedule = createOwnSchedule({ ...shared, chain: noted, genesis: own })
    let isSpoiled = false
    const confirm = async () => (isSpoiled ? Promise.reject(new Error('Another chain.')) : undefined)
    const issuer = makeIssuer({ schedule, confirm })
    expect([await look(issuer), await look(issuer)]).toEqual([1, 0])
    asked.splice(0)
    expect([await look(issuer), asked]).toEqual([0, []])
    chain.mine()
    expect([await look(issuer), await look(issuer), asked.splice(0)]).toEqual([0, 0, ['time', 'classes']])
    time += 60
    expect([await look(issuer), asked.splice(0)]).toEqual([1, ['time', 'classes', 'time', 'classes']])

    // What another chain said of a block is not kept, though this one has the same block.
    const { noteClasses } = chain
    chain.mine()
    chain.noteClasses = []
    isSpoiled = true
    await expect(look(issuer)).rejects.toThrow('Another chain.')
    ;[chain.noteClasses, isSpoiled] = [noteClasses, false]
    expect(await look(issuer)).toBe(0)
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

  test('time never runs further ahead of the chain than may be signed, however far its clock lags', async () => {
    time = 10_000
    await look()
    chain.mine(append(0))
    await look()
    expect((await signed()).map(({ issuedAt }) => issuedAt)).toEqual([1_900n, 1_910n])
  })

  test('time never runs backwards', async () => {
    await look()
    time -= 500
    chain.mine(append(0))
    await look()
    expect((await signed()).map(({ issuedAt }) => issuedAt)).toEqual([1_000n, 1_000n])
  })

  test('signs nothing while the chain does not have what is signed', async () => {
    chain.mine(append(0)).mine(append(1), append(2))
    await look()
    const [first] = await signed()
    const taken = chain.takeBack(1)
    taken.mine(append(1, 50n))
    await expect(look()).rejects.toMatchObject({ code: 'log.shrunk' })
    taken.mine(append(2, 51n), append(3, 52n)) // as long again, and another
    await expect(look()).rejects.toMatchObject({ code: 'log.shrunk' })
    expect(await signed()).toHaveLength(1)

    chain.takeBack(2).mine(append(1), append(2)).mine(append(3))
    expect(await look()).toBe(1)
    expect((await signed())[1]).toMatchObject({ operations: 4n, previous: checkpointDigest(first!) })
  })

  test('makes a chain: each names the one before and has one root for each operation since', async () => {
    await look()
    for (let i = 0; i < 4; i++) {
      chain.mine(append(2 * i), append(2 * i + 1))
      await look()
    }
    const all = await signed()
    expect(all).toHaveLength(5)
    expect(all.reduce(applyCheckpoint, undefined as CheckpointView | undefined)?.latest).toEqual(all.at(-1))
  })

  const crash = new Error('The process dies here.')
  const withoutSeal = (): Changes => ({ store: { ...store, seal: () => Promise.reject(crash) } })

  test('where the process dies before the signature is stored, the same checkpoint is signed later', async () => {
    await look()
    chain.mine(append(0))
    await expect(look(makeIssuer(withoutSeal()))).rejects.toThrow(crash)
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

  test('where it dies before the journal is written, nothing was signed, and the number is free', async () => {
    await look()
    chain.mine(append(0))
    const changes = { journal: { ...journal, write: () => Promise.reject(crash) } }
    await expect(look(makeIssuer(changes))).rejects.toThrow(crash)

    chain.takeBack(1).mine(append(0, 50n))
    const issuer = makeIssuer()
    await issuer.recover()
    await look(issuer)
    const last = (await signed()).at(-1)
    expect(last).toMatchObject({ sequence: 2n, logHash: (await chain.claim(2n)).chain })
  })

  test('a number that may have been signed for what is not true any more is not signed for anything else', async () => {
    chain.mine(append(0))
    await expect(look(makeIssuer(withoutSeal()))).rejects.toThrow(crash)
    chain.takeBack(1).mine(append(0, 50n))
    await expect(look()).rejects.toMatchObject({ code: 'log.shrunk' })
    expect(await signed()).toEqual([])
    chain.takeBack(1).mine(append(0))
    chain.mine()
    await expect(look()).rejects.toMatchObject({ code: 'log.shrunk' }) // the log is the same, the block is not
  })

  describe('without what it signed before', () => {
    test('does not begin anew, unless the network is new', async () => {
      await expect(look(makeIssuer({ mayBegin: () => false }))).rejects.toMatchObject({ code: 'signer.forgot' })
      expect(await store.newestProposal()).toBeUndefined()
      expect(await look(makeIssuer({ mayBegin: () => true }))).toBe(1)
      chain.mine(append(0))
      expect(await look(makeIssuer({ mayBegin: () => false }))).toBe(1)
    })

    test('takes up what others have, and goes on from there', async () => {
      for (let i = 0; i < 3; i++) {
        chain.mine(append(i))
        await look()
      }
      const before = await store.signedAfter(0n, 10)
      await forget()
      journal = createMemoryJournal()
      const peers = async (after: bigint) => before.slice(Number(after)).map((bytes) => decodeSignedCheckpoint(bytes))
      chain.mine(append(3))
      expect(await look(makeIssuer({ peers: [peers], mayBegin: () => false }))).toBe(1)
      expect((await store.signedAfter(0n, 10)).slice(0, 3)).toEqual(before)
      expect((await signed())[3]).toMatchObject({ sequence: 4n, operations: 4n })
    })

    test('takes up all of a long chain before it signs', async () => {
      for (let i = 0; i < 7; i++) {
        chain.mine(append(i))
        await look()
      }
      const before = await store.signedAfter(0n, 10)
      await forget()
      journal = createMemoryJournal()
      const peers = async (after: bigint) =>
        before.slice(Number(after), Number(after) + 2).map((bytes) => decodeSignedCheckpoint(bytes))
      expect(await look(makeIssuer({ peers: [peers], mayBegin: () => false }))).toBe(0)
      expect(await store.signedAfter(0n, 10)).toEqual(before)
    })

    test('signs nothing while others have signed for more than it has read, or its own key for another log', async () => {
      chain.mine(append(0))
      await look()
      chain.mine(append(1))
      await look()
      const before = (await store.signedAfter(0n, 10)).map((bytes) => decodeSignedCheckpoint(bytes))
      const peers = async (after: bigint) => before.slice(Number(after))
      await forget()
      journal = createMemoryJournal()
      chain.takeBack(1).mine()
      time += 60
      expect(await look(makeIssuer({ peers: [peers], mayBegin: () => false }))).toBe(0)
      chain.mine(append(1, 50n))
      await expect(look(makeIssuer({ peers: [peers] }))).rejects.toMatchObject({ code: 'log.shrunk' })
      expect(await signed()).toHaveLength(1)
      const other = createSigner(makeKey())
      const genesis = { signers: [signer.address, other.address], threshold: 1 }
      expect(await look(makeIssuer({ peers: [peers], signer: other, genesis }))).toBe(1) // not its word
    })

    const one = new Uint8Array(32).fill(1)
    test.each<[string, (all: [Checkpoint, Checkpoint]) => Partial<Checkpoint>]>([
      ['a false root', ([, { roots }]) => ({ root: one, roots: [roots[0]!, one] })],
      ['a false root on the way to a true one', ([, { roots }]) => ({ roots: [one, roots[1]!] })],
      ["a log that is not the chain's", () => ({ logHash: one })],
      ['a time that has not come', () => ({ issuedAt: 2_000n })],
      ['another before it', () => ({ previous: one })],
      ['a number left out', () => ({ sequence: 3n })],
    ])('does not take up %s, and builds nothing on it', async (_, lie) => {
      await look()
      chain.mine(append(0), append(1))
      await look()
      const all = (await signed()) as [Checkpoint, Checkpoint]
      await forget()
      journal = createMemoryJournal()
      const told = [all[0], { ...all[1], ...lie(all) }].map(sign)
      const peers = async (after: bigint) => told.slice(Number(after))
      await look(makeIssuer({ peers: [peers], mayBegin: () => false })).catch(() => undefined)
      const [first, second] = await signed()
      expect(first).toEqual(all[0])
      if (second) expect(second).toEqual(all[1])
    })

    describe('asks every peer', () => {
      let server: Server
      let page: (after: number) => readonly Uint8Array[] | undefined
      const urlOf = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const silent = 'http://127.0.0.1:1'
      const peersAt = (...urls: string[]) => createPeers(urls, new AbortController().signal)

      beforeAll(async () => {
        server = createServer(({ url }, response) => {
          const { pathname, searchParams } = new URL(url ?? '', 'http://peer')
          const said = page(pathname.startsWith('/stale') ? 0 : Number(searchParams.get('after')))
          response.end(JSON.stringify({ checkpoints: said?.map((bytes) => Buffer.from(bytes).toString('base64')) }))
        })
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      })

      afterAll(() => server.close())

      test('and one that says the same old things for ever hides nothing and stops nothing', async () => {
        for (let i = 0; i < 3; i++) {
          chain.mine(append(i))
          await look()
        }
        const before = await store.signedAfter(0n, 10)
        page = (after) => (after === 0 ? before.slice(0, 2) : before.slice(after))
        await forget()
        journal = createMemoryJournal()
        chain.mine(append(3))
        const peers = peersAt(`${urlOf()}/stale`, urlOf())
        expect(await look(makeIssuer({ peers, mayBegin: () => false }))).toBe(1)
        expect((await store.signedAfter(0n, 10)).slice(0, 3)).toEqual(before)
      })

      test('and signs nothing while one is silent that may know what this key has signed', async () => {
        for (let i = 0; i < 3; i++) {
          chain.mine(append(i))
          await look()
        }
        const before = await store.signedAfter(0n, 10)
        page = (after) => before.slice(after, 2) // it stands at number 2
        await forget()
        journal = createMemoryJournal()
        const forgetful = makeIssuer({ peers: peersAt(urlOf(), silent), mayBegin: () => false })
        await expect(look(forgetful)).rejects.toMatchObject({ code: 'prover.unavailable' })
        expect(await store.signedAfter(0n, 10)).toEqual(before.slice(0, 2))
        page = (after) => before.slice(after)
        expect(await look(makeIssuer({ peers: peersAt(urlOf()), mayBegin: () => false }))).toBe(0)
        expect(await store.signedAfter(0n, 10)).toEqual(before)
      })

      test('but does not wait for a silent one where it knows what it signed', async () => {
        await look()
        chain.mine(append(0))
        expect(await look(makeIssuer({ peers: peersAt(silent), mayBegin: () => false }))).toBe(1)
      })
    })
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

  test('a database that forgot more than its newest checkpoint does not make others under the numbers that it forgot', async () => {
    await look()
    chain.mine(append(0))
    await look()
    const before = await store.signedAfter(0n, 10)
    await forget()
    time += 1_000
    const issuer = makeIssuer()
    await issuer.recover()
    await expect(look(issuer)).rejects.toMatchObject({ code: 'signer.forgot' })
    expect(await signed()).toEqual([])
    const peers = [async (after: bigint) => before.slice(Number(after)).map((one) => decodeSignedCheckpoint(one))]
    chain.mine(append(1))
    expect(await look(makeIssuer({ peers, mayBegin: () => false }))).toBe(1)
    expect((await store.signedAfter(0n, 10)).slice(0, 2)).toEqual(before)
  })

  test.each([
    ['network', { networkId: networkIdOf('another') }],
    ['note tree', { noteTree: zeroAddress }],
  ])('what was signed for another %s takes no number', async (_, other) => {
    await look(makeIssuer({ network: { ...network, ...other } }))
    await forget()
    await makeIssuer().recover()
    expect(await store.newestProposal()).toBeUndefined()
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
