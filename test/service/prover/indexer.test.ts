import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { emptyTreeRoot, forestRootOf, fromBytes, leafOf, toBytes32 } from '../../../sdk/crypto/index.ts'
import { emptyChain, NoteForest, NoteTree, type Operation, SUBTREE_SIZE } from '../../../sdk/notes/index.ts'
import { type Database, openPglite, openPostgres } from '../../../service/plugins/database/index.ts'
import { Indexer } from '../../../service/prover/indexer/index.ts'
import { createSqlStore, type ProverStore } from '../../../service/prover/store/index.ts'
import { append, capacity, FakeChain, zero } from '../../helpers/fake-chain.ts'
import { startPostgres } from '../../helpers/postgres.ts'

function grow(forest: NoteForest, operation: Operation): void {
  if (operation.kind === 'append') forest.append(leafOf(operation))
  else forest.zero(operation.leafIndex)
}

let postgres: Awaited<ReturnType<typeof startPostgres>>

beforeAll(async () => {
  postgres = await startPostgres()
})

afterAll(() => postgres?.stop())

describe.each<[string, () => Promise<Database>]>([
  ['PGlite', () => openPglite('test')],
  ['PostgreSQL', async () => openPostgres('test', await postgres.database())],
])('the indexer on %s', (_, open) => {
  let database: Database
  let store: ProverStore
  let chain: FakeChain
  let indexer: Indexer

  beforeAll(async () => {
    database = await open()
  })

  afterAll(() => database?.close())

  beforeEach(async () => {
    await database.script('drop schema public cascade; create schema public')
    store = await createSqlStore(database)
    chain = new FakeChain()
    indexer = new Indexer({ chain, store, fromBlock: 1n, capacity })
  })

  const sync = async () => indexer.sync(await chain.head())

  test('reads the log with leaf, chain and root after each operation', async () => {
    chain.mine(append(0), append(1)).mine().mine(zero(0), append(2))
    expect(await sync()).toMatchObject({ added: 4, rolledBackTo: undefined, block: { number: 3n } })

    const forest = new NoteForest({ capacity })
    const roots = [append(0), append(1)].map((operation) => {
      if (operation.kind === 'append') forest.append(leafOf(operation))
      return fromBytes(forest.root())
    })
    expect((await store.position(1))?.root).toBe(roots[0])
    expect((await store.position(2))?.root).toBe(roots[1])
    expect((await store.position())?.chain).toEqual((await chain.claim(3n)).chain)
    expect(await store.position()).toMatchObject({ operations: 4 })
    expect(await store.position(5)).toBeUndefined()
    expect(await store.position(0)).toEqual({ operations: 0, chain: emptyChain, root: fromBytes(forestRootOf([])) })
  })

  test('one full tree is followed by the next, and is not forgotten: every root of every tree, at any time', async () => {
    const log = [0, 1, 2, 3, 4, 5].map((i) => append(i))
    log.push(zero(1), ...[6, 7, 8].map((i) => append(i)), zero(8), zero(0), append(9), zero(6), zero(9))
    const forest = new NoteForest({ capacity })
    const history: { root: bigint; trees: Uint8Array[]; nodes: (readonly bigint[])[] }[] = []
    for (const [i, operation] of log.entries()) {
      chain.mine(operation)
      if (i % 4 === 3) indexer = new Indexer({ chain, store, fromBlock: 1n, capacity }) // from the store alone
      await sync()
      grow(forest, operation)
      const { trees } = forest
      history.push({ root: fromBytes(forest.root()), trees: forest.roots(), nodes: trees.map((tree) => tree.nodes()) })
    }
    for (const [i, { root, trees, nodes }] of history.entries()) {
      expect((await store.position(i + 1))?.root).toBe(root)
      expect(await store.trees(i + 1)).toEqual(trees)
      for (const [number, right] of nodes.entries()) {
        expect((await store.nodes(i + 1, number)).map(fromBytes)).toEqual(right)
      }
    }
    expect(forest.trees).toHaveLength(3)
    expect(await store.trees(15)).toHaveLength(2) // the third has but zeroed leaves
    expect(await store.trees(0)).toEqual([emptyTreeRoot])
    expect(await store.trees(4)).toHaveLength(1)
    expect(await store.nodes(4, 1)).toEqual([])
    expect(await indexer.verify(await chain.head())).toBe(true)
  })

  test('the leaves beside one that is zeroed come back from the store, and a full subtree is let go of', async () => {
    const many = Array.from({ length: SUBTREE_SIZE + 2 }, (_, i) => append(i))
    const wide = () => new Indexer({ chain, store, fromBlock: 1n, capacity: 2 ** 20 })
    indexer = wide()
    chain.mine(...many)
    await sync()
    indexer = wide()
    chain.mine(zero(5), append(SUBTREE_SIZE + 2)).mine(zero(SUBTREE_SIZE), zero(6))
    await sync()
    const tree = NoteTree.from(
      [...many, append(SUBTREE_SIZE + 2)].map((one) => (one.kind === 'append' ? leafOf(one) : 0n)),
    )
    for (const leafIndex of [5, 6, SUBTREE_SIZE]) tree.zero(leafIndex)
    expect(await store.trees(many.length + 4)).toEqual([toBytes32(tree.root())])
    expect((await store.nodes(many.length + 4, 0)).map(fromBytes)).toEqual(tree.nodes())
  })

  test.each([
    ['root of a subtree', 'node', 3, append(5)],
    ['leaf', 'leaf', 1, zero(0)],
  ])('reads everything again where the database has another %s', async (_, column, leafIndex, next) => {
    chain.mine(append(0), append(1), append(2), append(3), append(4))
    await sync()
    const lie = `'\\x${'01'.repeat(32)}'`
    await database.script(`update operations set ${column} = ${lie} where leaf_index = ${leafIndex}`)
    indexer = new Indexer({ chain, store, fromBlock: 1n, capacity })
    chain.mine(next)
    await expect(sync()).rejects.toMatchObject({ code: 'log.broken' })
    expect(await sync()).toMatchObject({ added: 6 })
    expect(await indexer.verify(await chain.head())).toBe(true)
  })

  test('leaves are served as they were after any number of operations', async () => {
    chain.mine(append(0), append(1), zero(0), append(2))
    await sync()
    const leafAt = (index: number) => {
      const operation = append(index)
      return operation.kind === 'append' ? leafOf(operation) : 0n
    }
    const leavesAfter = async (operations: number, page = { from: 0, limit: 10 }) => {
      const { size, leaves } = await store.leaves(operations, page)
      return { size, leaves: leaves.map((leaf) => BigInt(`0x${Buffer.from(leaf).toString('hex')}`)) }
    }
    expect(await leavesAfter(2)).toEqual({ size: 2, leaves: [leafAt(0), leafAt(1)] })
    expect(await leavesAfter(3)).toEqual({ size: 2, leaves: [0n, leafAt(1)] })
    expect(await leavesAfter(4, { from: 1, limit: 1 })).toEqual({ size: 3, leaves: [leafAt(1)] })
    expect(await leavesAfter(4, { from: 9, limit: 1 })).toEqual({ size: 3, leaves: [] })
  })

  test('reads only what is new, and goes on from its store', async () => {
    chain.mine(append(0))
    await sync()
    chain.mine(append(1))
    expect(await sync()).toMatchObject({ added: 1 })
    expect(chain.asked).toEqual([
      [1n, 1n],
      [2n, 2n],
    ])
    expect(await sync()).toMatchObject({ added: 0, block: { number: 2n } })

    indexer = new Indexer({ chain, store, fromBlock: 1n, capacity })
    chain.mine(append(2))
    expect(await sync()).toMatchObject({ added: 1 })
    expect(await indexer.verify(await chain.head())).toBe(true)
    expect(chain.asked).toHaveLength(3)
  })

  test('goes back to the common ancestor where the chain was reorganised', async () => {
    chain.mine(append(0)).mine(append(1))
    await sync()
    chain.mine(append(2)).mine(append(3))
    await sync()
    chain.takeBack(2).mine().mine(append(2, 99n)).mine()
    expect(await sync()).toMatchObject({ rolledBackTo: 2n, added: 1 })
    expect(await indexer.verify(await chain.head())).toBe(true)
    expect(await store.operations(10, { from: 2, limit: 10 })).toMatchObject([{ operation: { commitment: 99n } }])
  })

  test('forgets nothing where an endpoint lags behind, however far', async () => {
    for (let i = 0; i < 8; i++) {
      chain.mine(append(i))
      await sync()
    }
    expect(await indexer.verify(await chain.head())).toBe(true)
    const [mined, asked] = [chain.blocks.length, chain.asked.length]
    for (const height of [mined - 1, 5, 1]) {
      const ahead = chain.blocks.splice(height)
      await expect(sync()).rejects.toMatchObject({ code: 'chain.unavailable' })
      expect(await store.position()).toMatchObject({ operations: 8 })
      chain.blocks.push(...ahead)
    }
    expect(await sync()).toMatchObject({ added: 0, rolledBackTo: undefined })
    expect(chain.asked).toHaveLength(asked)
  })

  test('reads everything again where nothing is left of what was read', async () => {
    chain.mine(append(0)).mine(append(1))
    await sync()
    chain.takeBack(2).mine(append(0, 50n)).mine()
    expect(await sync()).toMatchObject({ rolledBackTo: 0n, added: 1 })
    expect(await indexer.verify(await chain.head())).toBe(true)
  })

  test('halves the range that an endpoint refuses, and gives up at one block', async () => {
    for (let i = 0; i < 20; i++) chain.mine(append(i))
    chain.longestRange = 5n
    indexer = new Indexer({ chain, store, fromBlock: 1n, capacity, range: 64n })
    expect(await sync()).toMatchObject({ added: 20, block: { number: 20n } })
    expect(await indexer.verify(await chain.head())).toBe(true)

    chain.mine(append(20))
    chain.longestRange = 0n
    await expect(sync()).rejects.toThrow('more than so many results')
    chain.longestRange = 5n
    expect(await sync()).toMatchObject({ added: 1 })
  })

  test('stops at a block that the chain takes back while it is read', async () => {
    chain.mine(append(0))
    const head = await chain.head()
    chain.takeBack(1).mine(append(0, 9n))
    expect(await indexer.sync(head)).toMatchObject({ added: 0, block: undefined })
    expect(await sync()).toMatchObject({ added: 1 })
    expect(await indexer.verify(head)).toBe(false)
  })

  test.each([
    ['in the middle', 0],
    ['at the end', 2],
  ])('an endpoint that hides an operation %s is found out, and believed again when it shows it', async (_, hidden) => {
    chain.mine(append(0), append(1), append(2))
    chain.hidden.add(hidden)
    const look = async () => indexer.verify((await sync()).block ?? expect.fail('The chain stands still.'))
    await expect(look()).rejects.toMatchObject({ code: 'log.broken' })
    await expect(look()).rejects.toMatchObject({ code: 'log.broken' })
    expect(await store.position()).toMatchObject({ operations: 0 })

    chain.hidden.clear()
    expect(await look()).toBe(true)
    expect(await store.position()).toMatchObject({ operations: 3 })
  })

  test('after a fault only what was read since the contract last agreed is read again', async () => {
    chain.mine(append(0))
    await sync()
    await indexer.verify(await chain.head())
    chain.mine(append(1), append(2))
    chain.hidden.add(2)
    await sync()
    await expect(indexer.verify(await chain.head())).rejects.toMatchObject({ code: 'log.broken' })
    expect(await store.position()).toMatchObject({ operations: 1 })
  })

  test.each([
    ['a leaf that is not the next', append(5)],
    ['a zeroing of a leaf that is not there', zero(5)],
  ])('refuses %s', async (_, operation) => {
    chain.mine(operation)
    await expect(sync()).rejects.toMatchObject({ code: 'log.broken' })
  })

  test('keeps the hashes of 256 blocks', async () => {
    indexer = new Indexer({ chain, store, fromBlock: 1n, capacity, range: 1n })
    for (let i = 0; i < 300; i++) chain.mine()
    await sync()
    const blocks = await store.blocks()
    expect(blocks).toHaveLength(256)
    expect(blocks.at(-1)?.number).toBe(45n)
  })
})
