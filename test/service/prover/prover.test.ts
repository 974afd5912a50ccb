import { parseEventLogs } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeCheckpoint } from '../../../sdk/codec/index.ts'
import { classIdOf, fromBytes, fromHex, leafOf } from '../../../sdk/crypto/index.ts'
import { noteTreeAbi } from '../../../sdk/generated/abis.ts'
import { emptyChain, extendChain, NoteTree, rootOf } from '../../../sdk/notes/index.ts'
import { verifyCheckpoint } from '../../../sdk/verifier/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { startTestProver } from '../../helpers/prover.ts'

/** For a busy machine. */
const patience = { timeout: 30_000 }

describe('a prover that follows a chain', () => {
  let chain: TestChain
  let prover: Awaited<ReturnType<typeof startTestProver>>

  beforeAll(async () => {
    chain = await startTestChain()
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
    expect(fromBytes(checkpoint.root)).toBe(new NoteTree().root())
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
    expect(tree.leaf(leafIndex)).toBe(leaf)
    expect(rootOf(leaf, tree.path(leafIndex))).toBe(fromBytes(checkpoint.root))
  })

  test('anyone rebuilds the signed root: from the chain, from leaves, from operations', async () => {
    const early = await prover.follow()
    await early.update()
    for (const commitment of [1n, 2n, 2n]) await chain.buy(commitment)
    const last = await chain.buy(3n)
    const byOperations = await early.waitFor(last.operation)
    const byLeaves = await (await prover.follow()).update()

    const tree = new NoteTree()
    let log = emptyChain
    const logs = await chain.publicClient.getLogs({ address: chain.tree, fromBlock: 0n })
    for (const { args } of parseEventLogs({ abi: noteTreeAbi, eventName: 'NoteAppended', logs })) {
      const leafIndex = tree.append(leafOf(args))
      log = extendChain(log, Number(args.operation), { kind: 'append', ...args, leafIndex })
    }
    expect(fromBytes(byLeaves.root)).toBe(tree.root())
    expect(byLeaves.logHash).toEqual(log)
    expect(byOperations).toEqual(byLeaves)
  })

  test('checkpoints are numbered without a gap, and carry the root after every operation once', async () => {
    const signed = await prover.client.checkpoints(0n)
    const checkpoints = signed.map((one) => verifyCheckpoint(one, prover.trust))
    expect(checkpoints.map(({ sequence }) => sequence)).toEqual(checkpoints.map((_, i) => BigInt(i + 1)))

    const roots = checkpoints.flatMap(({ roots }) => roots)
    expect(roots).toHaveLength(Number(checkpoints.at(-1)?.operations))
    const tree = new NoteTree()
    const { operations } = await prover.client.operations()
    const expected = operations.map((operation) => {
      if (operation.kind === 'append') tree.append(leafOf(operation))
      return tree.root()
    })
    expect(roots.map(fromBytes)).toEqual(expected)
  })

  test('pages what is asked for', async () => {
    const all = await prover.client.checkpoints(0n)
    const [second, ...rest] = await prover.client.checkpoints(1n, { limit: 1 })
    expect(rest).toEqual([])
    expect(second?.checkpoint).toEqual(all[1]?.checkpoint)
    expect(decodeCheckpoint(second?.checkpoint ?? new Uint8Array())).toMatchObject({ sequence: 2n })

    const whole = await prover.client.leaves(3n)
    expect(whole).toMatchObject({ size: 3 })
    expect((await prover.client.leaves(3n, { from: 1, limit: 1 })).leaves).toEqual(whole.leaves.slice(1, 2))
    expect((await prover.client.operations({ from: 1, limit: 1 })).operations).toMatchObject([{ leafIndex: 1 }])
  })
})
