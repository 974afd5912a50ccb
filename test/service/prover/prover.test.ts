import { parseEventLogs } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeCheckpoint } from '../../../sdk/codec/index.ts'
import { classIdOf, emptyTreeRoot, forestRootOf, fromHex, leafOf, toBytes32 } from '../../../sdk/crypto/index.ts'
import { noteTreeAbi } from '../../../sdk/generated/abis.ts'
import { emptyChain, extendChain, NoteForest, NoteTree, rootOf } from '../../../sdk/notes/index.ts'
import { verifyCheckpoint } from '../../../sdk/verifier/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { startTestProver } from '../../helpers/prover.ts'

/** For a busy machine. */
const patience = { timeout: 90_000 }

/** Of a tree: the second begins with the fifth note. */
const capacity = 4

describe('a prover that follows a chain', () => {
  let chain: TestChain
  let prover: Awaited<ReturnType<typeof startTestProver>>

  beforeAll(async () => {
    chain = await startTestChain({ treeCapacity: capacity })
    prover = await startTestProver(chain)
  })

  afterAll(async () => {
    await prover?.close()
    await chain?.close()
  })

  test('signs the empty log first, with the classes on sale', async () => {
    const tree = await prover.follow()
    await expect.poll(() => prover.client.latestCheckpoint(), patience).toBeDefined()
    const checkpoint = await tree.update()
    expect(checkpoint).toMatchObject({ sequence: 1n, operations: 0n, chainId: 31_337n, roots: [], nodes: [] })
    expect(checkpoint.logHash).toEqual(emptyChain)
    expect(checkpoint).toMatchObject({ root: forestRootOf([]), trees: [emptyTreeRoot] })
    expect(checkpoint.classes).toMatchObject([
      {
        kind: 1,
        contract: fromHex(chain.postage),
        number: 1,
        price: 10n ** 18n,
        unitsPerTicket: 64,
        laneTtl: 86_400,
        rootWindow: 3_600,
      },
    ])
  })

  test('a note that is bought comes under a checkpoint, and its path leads to the signed root', async () => {
    const purchase = await chain.buy(12_345n)
    const tree = await prover.follow()
    const checkpoint = await tree.waitFor(purchase.operation)

    const contract = fromHex(chain.postage)
    expect(purchase.classId).toBe(classIdOf({ kind: 'stamp', chainId: 31_337n, contract, number: 1n }))
    const { classId, limit, expiry, leafIndex } = purchase
    const leaf = leafOf({ commitment: 12_345n, classId, limit, expiry })
    expect(await tree.find([leaf])).toEqual([leafIndex])
    const { root, ...path } = tree.path(leafIndex)
    expect(rootOf(leaf, path)).toBe(root)
    expect(checkpoint.trees).toContainEqual(toBytes32(root))
  })

  test('anyone rebuilds the signed root: from the chain, from leaves, from operations', async () => {
    const early = await prover.follow()
    await early.update()
    for (const commitment of [1n, 2n, 2n, 9n]) await chain.buy(commitment)
    const last = await chain.buy(3n)
    const byOperations = await early.waitFor(last.operation)
    const byLeaves = await (await prover.follow()).update()

    const forest = new NoteForest({ capacity })
    let log = emptyChain
    const logs = await chain.publicClient.getLogs({ address: chain.tree, fromBlock: 0n })
    for (const { args } of parseEventLogs({ abi: noteTreeAbi, eventName: 'NoteAppended', logs })) {
      const leafIndex = forest.append(leafOf(args))
      log = extendChain(log, Number(args.operation), { kind: 'append', ...args, leafIndex })
    }
    expect(byLeaves).toMatchObject({ root: forest.root(), trees: forest.roots() })
    expect(byLeaves.trees.length).toBeGreaterThan(1)
    expect(byLeaves.logHash).toEqual(log)
    expect(byOperations).toEqual(byLeaves)
  })

  test('checkpoints are numbered without a gap, and carry the root after every operation once', async () => {
    const signed = await prover.client.checkpoints(0n)
    const checkpoints = signed.map((one) => verifyCheckpoint(one, prover.trust))
    expect(checkpoints.map(({ sequence }) => sequence)).toEqual(checkpoints.map((_, i) => BigInt(i + 1)))

    const roots = checkpoints.flatMap(({ roots }) => roots)
    expect(roots).toHaveLength(Number(checkpoints.at(-1)?.operations))
    const forest = new NoteForest({ capacity })
    const { operations } = await prover.client.operations()
    const expected = operations.map((operation) => {
      if (operation.kind === 'append') forest.append(leafOf(operation))
      return forest.root()
    })
    expect(roots).toEqual(expected)
  })

  test('pages what is asked for', async () => {
    const all = await prover.client.checkpoints(0n)
    const [second, ...rest] = await prover.client.checkpoints(1n, { limit: 1 })
    expect(rest).toEqual([])
    expect(second?.checkpoint).toEqual(all[1]?.checkpoint)
    expect(decodeCheckpoint(second?.checkpoint ?? new Uint8Array())).toMatchObject({ sequence: 2n })

    const whole = await prover.client.leaves(3n, { tree: 0 })
    expect(whole).toMatchObject({ size: 3, capacity })
    expect((await prover.client.leaves(3n, { tree: 0, from: 1, limit: 1 })).leaves).toEqual(whole.leaves.slice(1, 2))
    expect(await prover.client.leaves(3n, { tree: 1 })).toEqual({ size: 0, capacity, leaves: [] })
    const tree = NoteTree.from(whole.leaves)
    expect(await prover.client.nodes(3n, { tree: 0 })).toEqual(tree.nodes())
    expect(await prover.client.nodes(3n, { tree: 2 ** 40 })).toEqual([])
    const full = await prover.client.leaves(5n, { tree: 0 })
    expect(full).toMatchObject({ size: capacity, leaves: { length: capacity } })
    expect(await prover.client.leaves(5n, { tree: 1, limit: 100 })).toMatchObject({ size: 1, leaves: { length: 1 } })
    expect((await prover.client.operations({ from: 1, limit: 1 })).operations).toMatchObject([{ leafIndex: 1 }])
  })
})
