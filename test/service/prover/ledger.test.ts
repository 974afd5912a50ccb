import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { commitmentOf, fromBytes, secretHashOf } from '../../../sdk/crypto/index.ts'
import { unsaidTerms } from '../../../sdk/verifier/index.ts'
import { type Database, openPglite } from '../../../service/plugins/database/index.ts'
import { ChainRangeError, type LedgerClaim } from '../../../service/prover/chain/index.ts'
import { Indexer } from '../../../service/prover/indexer/index.ts'
import { hashOf, Ledger, leaksAt } from '../../../service/prover/ledger/index.ts'
import { createSqlStore, type LedgerEvent, type ProverStore, type Staked } from '../../../service/prover/store/index.ts'
import { append, capacity, FakeChain } from '../../helpers/fake-chain.ts'

const [granter, writer, other] = [
  '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A',
  '0x1563915e194D8CfBA1943570603F7606A3115508',
  '0x5FbDB2315678afecb367f032d93F642f64180aa3',
] as const
const contract = '0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0'

const staked = (block: bigint, secret: bigint, fields: Partial<Staked> = {}): Staked => {
  const [secretHash, personHash] = [secretHashOf(secret), 5n]
  const commitment = commitmentOf(secretHash, personHash)
  const place = { block, logIndex: 0, contract, staker: granter, classNumber: 1, leafIndex: Number(block) } as const
  return { kind: 'staked', ...place, commitment, secretHash, personHash, ...fields }
}
const leaked = (block: bigint, secret: bigint, logIndex = 1, until = 2_000): LedgerEvent => ({
  kind: 'leaked',
  block,
  logIndex,
  secret,
  until,
})
const connected = (block: bigint, uid: string, expiresAt = 0): LedgerEvent => {
  return { kind: 'connected', block, logIndex: 2, granter, writer, uid, expiresAt }
}
/** What contracts say of themselves, whatever was read of them. */
const saying = (registry: LedgerClaim['registry'], more: Partial<LedgerClaim> = {}) => {
  const claim = { registry, leakCount: 0, stakeClasses: [], connectionChanges: 0, ...more }
  return async (): Promise<LedgerClaim> => claim
}
const disconnected = (block: bigint, uid: string): LedgerEvent => {
  return { kind: 'disconnected', block, logIndex: 3, granter, writer, uid, expiresAt: 0 }
}

describe('the ledger', () => {
  let database: Database
  let store: ProverStore
  let chain: FakeChain

  beforeAll(async () => {
    database = await openPglite('ledger-test', undefined)
  })
  afterAll(() => database?.close())

  beforeEach(async () => {
    await database.script('drop schema public cascade; create schema public')
    store = await createSqlStore(database)
    chain = new FakeChain()
  })

  const make = (changes: Partial<ConstructorParameters<typeof Ledger>[0]> = {}) =>
    new Ledger({ chain, store, contracts: [contract], fromBlock: 1n, ...changes })
  const readerOf = (events: FakeChain['events']) => ({
    block: (number: bigint) => chain.block(number),
    ledgerClaim: chain.ledgerClaim,
    leakUntil: (secret: bigint, block: bigint) => chain.leakUntil(secret, block),
    time: (block: bigint) => chain.time(block),
    events,
  })
  const mine = (count: number) => {
    for (let i = 0; i < count; i++) chain.mine()
  }
  const sync = async (ledger = make()) => ledger.sync(await chain.head())
  const found = async (secret: bigint) => (await store.stakesWith([secretHashOf(secret)])).map(({ block }) => block)

  test('finds a stake by the hash of its secret, with what was declared', async () => {
    mine(3)
    chain.ledgerEvents = [staked(2n, 7n), staked(3n, 8n), staked(3n, 7n, { logIndex: 4 })]
    expect(await sync()).toBe(true)
    expect(await store.stakesWith([secretHashOf(7n), secretHashOf(9n)])).toEqual([
      staked(2n, 7n),
      staked(3n, 7n, { logIndex: 4 }),
    ])
    expect(await store.newestStake()).toBe(`3 4 ${granter}`)
  })

  test('knows stakes whose declared opening is none', async () => {
    mine(2)
    const lie = staked(2n, 8n, { commitment: 1n })
    chain.ledgerEvents = [staked(1n, 7n), lie]
    await sync()
    expect(await store.falseStakes()).toEqual([lie])
  })

  test('goes back where the chain was reorganised, also after a restart', async () => {
    const ledger = make()
    for (let i = 1; i <= 3; i++) {
      mine(1)
      chain.ledgerEvents = [...chain.ledgerEvents, staked(BigInt(i), BigInt(i)), leaked(BigInt(i), BigInt(i))]
      await sync(ledger)
    }
    chain.takeBack(2)
    chain.ledgerEvents = [staked(1n, 1n), leaked(1n, 1n), staked(2n, 20n)]
    mine(1)
    await sync(ledger)
    expect([await found(1n), await found(2n), await found(3n), await found(20n)]).toEqual([[1n], [], [], [2n]])
    expect(await store.leaksAt({ block: 9n, time: 0, limit: 9 })).toEqual([1n])

    chain.takeBack(2)
    chain.ledgerEvents = [staked(1n, 30n)]
    mine(2)
    await sync()
    expect([await found(1n), await found(20n), await found(30n)]).toEqual([[], [], [1n]])
  })

  test('forgets nothing where an endpoint lags behind, however far', async () => {
    const ledger = make()
    chain.ledgerEvents = [staked(1n, 1n), staked(4n, 4n)]
    for (let i = 0; i < 4; i++) {
      mine(1)
      await sync(ledger)
    }
    for (const height of [4, 1]) {
      const ahead = chain.blocks.splice(height)
      await expect(sync(ledger)).rejects.toMatchObject({ code: 'chain.unavailable' })
      expect([await found(1n), await found(4n)]).toEqual([[1n], [4n]])
      chain.blocks.push(...ahead)
    }
  })

  test('asks for fewer blocks at once where the endpoint refuses many', async () => {
    mine(40)
    chain.ledgerEvents = [staked(1n, 1n), staked(40n, 40n)]
    const events = async (from: bigint, to: bigint) => {
      if (to - from > 4n) throw new ChainRangeError('too many results')
      return FakeChain.prototype.events.call(chain, from, to)
    }
    await sync(make({ chain: readerOf(events) }))
    expect([await found(1n), await found(40n)]).toEqual([[1n], [40n]])
    await expect(
      sync(
        make({
          chain: readerOf(() => Promise.reject(new Error('down'))),
        }),
      ),
    ).resolves.toBe(true)
  })

  test('reads all again where other contracts are followed', async () => {
    mine(2)
    chain.ledgerEvents = [staked(1n, 1n)]
    await sync()
    chain.ledgerEvents = [staked(1n, 1n), connected(2n, '0x01')]
    await sync()
    expect(await store.connectionsOf(granter, 0)).toEqual([])
    await sync(make({ contracts: [contract, other] }))
    expect(await store.connectionsOf(granter, 0)).toEqual([connected(2n, '0x01')])
    expect(await found(1n)).toEqual([1n])
  })

  test('with a secret that an endpoint has put in the place of another is not signed by, and read again', async () => {
    const ledger = make()
    chain.ledgerEvents = [leaked(1n, 7n)]
    chain.events = async () => [leaked(1n, 8n)]
    mine(2)
    await sync(ledger)
    await expect(ledger.verify(await chain.head())).rejects.toMatchObject({ code: 'ledger.broken' })
    chain.events = async () => chain.ledgerEvents
    await sync(ledger)
    expect(await ledger.verify(await chain.head())).toBe(true)
    expect(await store.leaksAt({ block: 2n, time: 0, limit: 9 })).toEqual([7n])
  })

  test('of which the registry says otherwise is not signed by, and read again', async () => {
    const office = { signers: [granter], threshold: 1, endsAt: 9_000 }
    const taken: LedgerEvent = { kind: 'office', block: 2n, logIndex: 1, time: 1_020, ...office }
    const signersHash = hashOf(office)
    mine(3)
    chain.ledgerClaim = saying({ signersHash, termsHash: new Uint8Array(32), changes: 1 })
    const ledger = make()
    await sync(ledger) // an endpoint that leaves the event out
    const head = await chain.head()
    await expect(ledger.verify(head)).rejects.toMatchObject({ code: 'ledger.broken' })
    chain.ledgerEvents = [taken]
    await sync(ledger)
    expect(await ledger.verify(head)).toBe(true)
    expect(await store.officeAt(3n)).toEqual(taken)
    chain.ledgerClaim = saying({ signersHash, termsHash: new Uint8Array(32).fill(1), changes: 1 })
    await expect(ledger.verify(head)).rejects.toMatchObject({ code: 'ledger.broken' })
    expect(await ledger.verify({ ...head, hash: '0x00' })).toBe(false)
    chain.ledgerClaim = saying({ signersHash, termsHash: new Uint8Array(32), changes: 2 })
    await sync(ledger)
    await expect(ledger.verify(head)).rejects.toMatchObject({ code: 'ledger.broken' }) // an office before was left out
    chain.ledgerClaim = saying(undefined)
    await sync(ledger)
    expect(await ledger.verify(head)).toBe(true)
  })

  test('keeps terms as they were said, and those that were kept before there were issuers', async () => {
    const bytes = (byte: number, length = 32) => new Uint8Array(length).fill(byte)
    const issuers = [{ url: 'https://issuer.example/é', x: bytes(0), y: bytes(255) }]
    const nodes = [{ url: 'https://node.example', key: bytes(2) }]
    const terms = { ...unsaidTerms, floor: 'stamp 1', classes: chain.noteClasses, nodes, issuers }
    mine(3)
    chain.ledgerEvents = [{ kind: 'terms', block: 2n, logIndex: 1, terms }]
    await sync()
    expect(await store.termsAt(3n)).toEqual(terms)

    const old = { ...terms, issuers: undefined, classes: [], nodes: [] }
    const text = "insert into registry (block, log_index, kind, body) values (3, 1, 'terms', $1)"
    await database.write([{ text, values: [JSON.stringify(old)] }])
    await database.script('drop table schema_version')
    store = await createSqlStore(database)
    expect(await store.termsAt(3n)).toEqual({ ...old, issuers: [] })
    expect(await store.termsAt(2n)).toEqual(terms)
  })

  test.each<[string, LedgerEvent[]]>([
    ['a leak', [leaked(1n, 5n), leaked(2n, 5n)]], // the same secret, out for longer
    ['a connection', [connected(1n, '0x01'), connected(2n, '0x02')]],
    ['the end of a connection', [connected(1n, '0x01'), disconnected(2n, '0x01')]],
    ['a stake', [staked(1n, 5n, { leafIndex: 0 }), staked(2n, 6n, { leafIndex: 1 })]],
  ])('that lacks %s is not signed by, however deep it lies, and read again', async (_, events) => {
    const notes = events.flatMap((event) => (event.kind === 'staked' ? [event] : []))
    for (const note of [0, 1]) {
      const operations = notes.slice(note, note + 1).map(({ commitment }) => append(note, commitment))
      chain.mine(...operations)
    }
    mine(300)
    const head = await chain.head()
    await new Indexer({ chain, store, fromBlock: 1n, capacity }).sync(head)
    chain.ledgerEvents = events
    const said = await chain.ledgerClaim(head.number)
    chain.ledgerClaim = async () => ({ ...said, stakeClasses: [7n] })
    for (const left of [0, 1]) {
      const ledger = make()
      await store.resetLedger('none')
      chain.ledgerEvents = events.filter((_, i) => i === left)
      await sync(ledger)
      await expect(ledger.verify(head)).rejects.toMatchObject({ code: 'ledger.broken' })
      chain.ledgerEvents = events
      await sync(ledger)
      expect(await ledger.verify(head)).toBe(true)
    }
  })

  test('that has another stake than the note log is not signed by', async () => {
    const honest = staked(1n, 5n, { leafIndex: 0 })
    chain.mine(append(0, honest.commitment))
    const head = await chain.head()
    await new Indexer({ chain, store, fromBlock: 1n, capacity }).sync(head)
    chain.ledgerClaim = saying(undefined, { stakeClasses: [7n] })
    for (const lie of [{ commitment: 1n }, { leafIndex: 1 }]) {
      await store.resetLedger('none')
      chain.ledgerEvents = [{ ...honest, ...lie }]
      const ledger = make()
      await sync(ledger)
      await expect(ledger.verify(head)).rejects.toThrow('as note 0 shows')
    }
  })

  test('asks for nothing where nothing is followed', async () => {
    mine(2)
    const events = () => Promise.reject(new Error('asked'))
    expect(
      await sync(
        make({
          contracts: [],
          chain: readerOf(events),
        }),
      ),
    ).toBe(true)
  })

  test('knows the connections of both sides, until they are over or taken back', async () => {
    mine(3)
    chain.ledgerEvents = [connected(1n, '0x01'), connected(2n, '0x02', 100), connected(3n, '0x03')]
    await sync()
    const uids = async (account: typeof granter | typeof writer | typeof other, now: number) =>
      (await store.connectionsOf(account, now)).map(({ uid }) => uid)
    expect(await uids(granter, 99)).toEqual(['0x01', '0x02', '0x03'])
    expect(await uids(writer, 100)).toEqual(['0x01', '0x03'])
    expect(await uids(other, 0)).toEqual([])
    mine(1)
    chain.ledgerEvents = [disconnected(4n, '0x01')]
    await sync()
    expect(await uids(writer, 100)).toEqual(['0x03'])
  })

  describe('announces leaks', () => {
    const at = async (block?: bigint) => {
      const number = block ?? (await chain.head()).number
      return (await leaksAt(store, { block: number, time: await chain.time(number) })).map(fromBytes)
    }

    test('sorted, each once, from their block on and until they no longer count', async () => {
      mine(2)
      chain.ledgerEvents = [leaked(1n, 9n, 1, 4_600), leaked(1n, 4n, 2, 4_600), leaked(2n, 9n, 1, 4_650)]
      await sync()
      expect(await at()).toEqual([4n, 9n])
      expect(await at(1n)).toEqual([4n, 9n])
      expect(await at(0n)).toEqual([])
      mine(358) // blocks are ten seconds apart
      expect(await at()).toEqual([4n, 9n])
      mine(1)
      expect(await at()).toEqual([9n])
      mine(5)
      expect(await at()).toEqual([])
    })

    test('no more than a checkpoint takes, the newest', async () => {
      mine(2)
      chain.ledgerEvents = Array.from({ length: 300 }, (_, i) => leaked(1n, BigInt(1000 + i), i))
      await sync()
      const leaks = await at()
      expect([leaks.length, leaks[0], leaks.at(-1)]).toEqual([256, 1044n, 1299n])
    })
  })
})
