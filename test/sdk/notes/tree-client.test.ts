import { describe, expect, test } from 'vitest'
import { encodeCheckpoint, type SignedCheckpoint } from '../../../sdk/codec/index.ts'
import {
  addressOf,
  FIELD_ORDER,
  forestRootOf,
  networkIdOf,
  publicKeyOf,
  signDigest,
  toBytes32,
  zeroAddress,
} from '../../../sdk/crypto/index.ts'
import { leafOf } from '../../../sdk/crypto/signals.ts'
import { BaseError } from '../../../sdk/errors.ts'
import {
  emptyChain,
  extendChain,
  followTree,
  NoteForest,
  NoteTree,
  type Operation,
  placeOf,
  type TreeFollower,
  type TreeSource,
} from '../../../sdk/notes/index.ts'
import type { LeafPage, ProverPage, TreePage } from '../../../sdk/transport/prover-client.ts'
import { checkpointDigest, unsaidTerms } from '../../../sdk/verifier/index.ts'

const key = new Uint8Array(32).fill(7)
const trust = {
  networkId: networkIdOf('test'),
  chainId: 1n,
  noteTree: zeroAddress,
  registry: zeroAddress,
  signers: [addressOf(publicKeyOf(key))],
  threshold: 1,
}

const append = (leafIndex: number, commitment = BigInt(leafIndex + 1)): Operation => ({
  kind: 'append',
  leafIndex,
  commitment,
  classId: 7n,
  limit: 10n,
  expiry: 2_000_000_000n,
})

/** What an appended operation leaves. */
const leafAt = (leafIndex: number, commitment?: bigint) => leafOfOperation(append(leafIndex, commitment))

const leaves = new Map<bigint, bigint>()

/** Computed once: a hash costs a tenth of a millisecond. */
function leafOfOperation(operation: Operation): bigint {
  if (operation.kind === 'zero') return 0n
  const leaf = leaves.get(operation.commitment) ?? leafOf(operation)
  leaves.set(operation.commitment, leaf)
  return leaf
}
const zero = (leafIndex: number): Operation => ({ kind: 'zero', leafIndex })

/** A prover in memory, with trees of four leaves; a test makes it lie by replacing what it answers. */
class Prover implements TreeSource {
  log: Operation[] = []
  signed: SignedCheckpoint | undefined
  asked: string[] = []
  sequence = 0n
  readonly capacity: number
  readonly perPage: number

  constructor({ capacity = 4, perPage = 3 } = {}) {
    this.capacity = capacity
    this.perPage = perPage
  }

  forest(log = this.log): NoteForest {
    const forest = new NoteForest({ capacity: this.capacity })
    for (const operation of log) {
      if (operation.kind === 'append') forest.append(leafOfOperation(operation))
      else forest.zero(operation.leafIndex)
    }
    return forest
  }

  sign(...operations: Operation[]): this {
    this.log.push(...operations)
    return this.seal(this.forest().roots(), ++this.sequence)
  }

  seal(trees: readonly Uint8Array[], sequence: bigint): this {
    const logHash = this.log.reduce((chain, operation, i) => extendChain(chain, i, operation), emptyChain)
    const checkpoint = {
      networkId: trust.networkId,
      sequence,
      previous: new Uint8Array(32),
      chainId: 1n,
      blockNumber: 1n,
      blockHash: new Uint8Array(32),
      noteTree: new Uint8Array(20),
      registry: new Uint8Array(20),
      operations: BigInt(this.log.length),
      logHash,
      root: forestRootOf(trees),
      roots: [],
      trees,
      classes: [],
      nodes: [],
      leaks: [],
      signers: [],
      threshold: 0,
      officeEndsAt: 0n,
      ...unsaidTerms,
      issuedAt: 1n,
    }
    const { bytes, recovery } = signDigest(checkpointDigest(checkpoint), key)
    const signature = Uint8Array.of(...bytes, 27 + recovery)
    this.signed = {
      $typeName: 'pennypost.v1.SignedCheckpoint',
      checkpoint: encodeCheckpoint(checkpoint),
      signatures: [{ $typeName: 'pennypost.v1.CheckpointSignature', signer: new Uint8Array(20), signature }],
    }
    return this
  }

  async latestCheckpoint() {
    return this.signed
  }

  async leaves(operations: bigint, { tree, from = 0 }: TreePage): Promise<LeafPage> {
    this.asked.push(`leaves of ${tree} from ${from}`)
    const leaves = this.#leavesOf(operations, tree)
    return { size: leaves.length, capacity: this.capacity, leaves: leaves.slice(from, from + this.perPage) }
  }

  async nodes(operations: bigint, { tree }: TreePage): Promise<readonly bigint[]> {
    this.asked.push(`nodes of ${tree}`)
    return NoteTree.from(this.#leavesOf(operations, tree)).nodes()
  }

  async operations({ from = 0, limit = 10 }: ProverPage = {}) {
    this.asked.push(`operations from ${from}`)
    return { operations: this.log.slice(from, from + Math.min(limit, this.perPage)) }
  }

  #leavesOf(operations: bigint, tree: number): bigint[] {
    const leaves: bigint[] = []
    for (const operation of this.log.slice(0, Number(operations))) {
      leaves[operation.leafIndex] = leafOfOperation(operation)
    }
    return leaves.slice(tree * this.capacity, (tree + 1) * this.capacity)
  }
}

/** A client that has looked for some leaves. */
async function follow(prover: Prover, wanted: readonly bigint[], saved?: Uint8Array) {
  const tree = await followTree({ prover, trust, saved })
  await tree.update()
  await tree.find(wanted)
  return tree
}

/** A path leads from its leaf to the root of its tree, which the prover's own has. */
function expectPath(tree: TreeFollower, leafIndex: number, prover: Prover): void {
  const { tree: number, place } = placeOf(leafIndex, prover.capacity)
  const right = prover.forest().trees[number]
  expect(tree.path(leafIndex)).toEqual({ ...right?.path(place), root: right?.root() })
}

describe('a client that follows the trees', () => {
  test('asks for nothing but checkpoints until it looks for a leaf, then for all leaves, and for operations from there', async () => {
    const prover = new Prover().sign(append(0), append(1), append(2), append(3))
    const tree = await followTree({ prover, trust })
    await tree.update()
    prover.sign(append(4))
    await tree.update()
    expect(prover.asked).toEqual([])

    const progress: number[] = []
    const found = await tree.find([leafAt(4), leafAt(0)], { onProgress: ({ leaves }) => progress.push(leaves) })
    expect(found).toEqual([4, 0])
    expect(progress).toEqual([1, 3, 4])
    prover.sign(zero(1), append(5))
    await tree.update()
    await tree.update()
    expect(prover.asked).toEqual([
      'leaves of 1 from 0',
      ...[0, 3].map((from) => `leaves of 0 from ${from}`),
      ...[0, 3, 6].map((from) => `operations from ${from}`),
    ])
    for (const leafIndex of [0, 4]) expectPath(tree, leafIndex, prover)
  })

  test('reads a tree to its end, wherever the leaf is, and no older one', async () => {
    const prover = new Prover({ perPage: 1 }).sign(...[0, 1, 2, 3, 4, 5, 6].map((i) => append(i)))
    await follow(prover, [leafAt(4)])
    expect(prover.asked).toEqual([0, 1, 2].map((from) => `leaves of 1 from ${from}`))
  })

  test('finds what is appended later, also in a tree that begins then, without another question', async () => {
    const prover = new Prover().sign(append(0), append(1), append(2))
    const tree = await follow(prover, [leafAt(3), leafAt(4), leafAt(9)])
    prover.asked = []
    for (let i = 3; i < 10; i++) prover.sign(append(i))
    prover.sign(zero(2))
    await tree.update()
    expect(await tree.find([leafAt(3), leafAt(4), leafAt(9), leafAt(77)].slice(0, 3))).toEqual([3, 4, 9])
    for (const leafIndex of [3, 4, 9]) expectPath(tree, leafIndex, prover)
    expect(prover.asked.every((question) => question.startsWith('operations'))).toBe(true)
  })

  test('looks once for what is nowhere', async () => {
    const prover = new Prover().sign(...[0, 1, 2, 3, 4].map((i) => append(i)))
    const tree = await follow(prover, [99n])
    expect(prover.asked).toEqual(['leaves of 1 from 0', 'leaves of 0 from 0', 'leaves of 0 from 3'])
    prover.asked = []
    expect(tree.knows(99n)).toBe(true)
    expect(await tree.find([99n])).toEqual([undefined])
    const again = await followTree({ prover, trust, saved: tree.save() })
    expect(await again.find([99n])).toEqual([undefined])
    expect(prover.asked).toEqual([])
  })

  test('looks in so many of the newest trees, where it is told that older ones do not have it', async () => {
    const prover = new Prover().sign(...Array.from({ length: 13 }, (_, i) => append(i)))
    const tree = await followTree({ prover, trust })
    await tree.update()
    expect(await tree.find([leafAt(2)], { newest: 2 })).toEqual([undefined])
    expect(prover.asked.filter((question) => question.endsWith('from 0'))).toEqual(
      [3, 2].map((n) => `leaves of ${n} from 0`),
    )
  })

  test('looks first where a leaf should be, and elsewhere where it is not there', async () => {
    const prover = new Prover({ perPage: 4 }).sign(...Array.from({ length: 18 }, (_, i) => append(i)))
    const asked = async (near: readonly number[]) => {
      prover.asked = []
      const tree = await followTree({ prover, trust })
      await tree.update()
      expect(await tree.find([leafAt(2)], { near })).toEqual([2])
      expectPath(tree, 2, prover)
      return prover.asked.map((question) => Number(question.split(' ')[2]))
    }
    expect(await asked([2])).toEqual([4, 0])
    expect(await asked([9])).toEqual([4, 2, 3, 1, 0])
    expect(await asked([9, 1_000_000, 17, -5, 0.5, 3])).toEqual([4, 2, 0])
    expect(await asked([])).toEqual([4, 3, 2, 1, 0])
  })

  test('a leaf that is zeroed is nowhere, in the newest tree and in an old one', async () => {
    const prover = new Prover().sign(...[0, 1, 2, 3, 4].map((i) => append(i)))
    const tree = await follow(prover, [leafAt(1), leafAt(4), leafAt(2)])
    prover.sign(zero(1), zero(4))
    await tree.update()
    expect(await tree.find([leafAt(1), leafAt(4), leafAt(2)])).toEqual([undefined, undefined, 2])
    expectPath(tree, 2, prover)
  })

  test('that comes back asks a prover what all ask that were there within the same thousand operations', async () => {
    const prover = new Prover({ capacity: 2 ** 20 })
    const asked: string[][] = []
    prover.sign(...Array.from({ length: 1010 }, (_, i) => append(i)))
    prover.seal(prover.forest().roots(), 9n)
    for (const size of [1, 40, 999]) {
      const before = new Prover({ capacity: 2 ** 20, perPage: 10_000 })
      before.sign(...Array.from({ length: size }, (_, i) => append(i)))
      const saved = await follow(before, [leafAt(0)])
      asked.push([])
      prover.operations = async ({ from = 0, limit = 10 } = {}) => {
        asked.at(-1)?.push(`operations from ${from}, ${limit} of them`)
        return { operations: prover.log.slice(from, from + limit) }
      }
      prover.asked = asked.at(-1) ?? []
      const tree = await followTree({ prover, trust, saved: saved.save() })
      await tree.update()
      expectPath(tree, 0, prover)
    }
    expect(new Set(asked.map(String))).toEqual(
      new Set(['operations from 0, 1000 of them,operations from 1000, 1000 of them']),
    )
  })

  test('says that there is nothing yet', async () => {
    const tree = await followTree({ prover: new Prover(), trust })
    await expect(tree.update()).rejects.toMatchObject({ code: 'checkpoint.missing' })
    await expect(tree.find([1n])).rejects.toMatchObject({ code: 'checkpoint.missing' })
    expect(() => tree.path(0)).toThrow(expect.objectContaining({ code: 'checkpoint.missing' }))
    expect(tree.save()).toHaveLength(0)
  })

  test('waits for an operation, until it is told to stop', async () => {
    const prover = new Prover()
    const tree = await followTree({ prover, trust })
    const waiting = tree.waitFor(1n, { pollMs: 5 })
    setTimeout(() => prover.sign(append(0)), 10)
    setTimeout(() => prover.sign(append(1)), 20)
    expect(await waiting).toMatchObject({ operations: 2n })

    const signal = AbortSignal.timeout(20)
    await expect(tree.waitFor(9n, { pollMs: 5, signal })).rejects.toThrow(signal.reason)
  })

  test('refuses a checkpoint that nobody it trusts has signed', async () => {
    const prover = new Prover().sign(append(0))
    const tree = await followTree({ prover, trust: { ...trust, signers: [`0x${'00'.repeat(20)}`] } })
    await expect(tree.update()).rejects.toMatchObject({ code: 'checkpoint.invalid' })
  })

  const page = (fields: Partial<LeafPage>) => async () => ({
    size: 2,
    capacity: 4,
    leaves: [leafAt(0), leafAt(1)],
    ...fields,
  })
  test.each<[string, Partial<LeafPage>]>([
    ['changes a leaf', { leaves: [1n, 2n] }],
    ['holds back a leaf', { size: 1, leaves: [leafAt(0)] }],
    ['adds one', { size: 3, leaves: [leafAt(0), leafAt(1), leafAt(2)] }],
    ['promises leaves and sends none', { leaves: [] }],
    ['sends more than it promised', { size: 1 }],
    ['claims more leaves than operations', { size: 3, leaves: [1n, 2n, 3n] }],
    ['sends what no leaf can be', { leaves: [leafAt(0), FIELD_ORDER] }],
    ['claims that a tree has room for three', { capacity: 3 }],
    ['claims that a tree has room for none', { capacity: 0 }],
    ['claims that a tree has room for one', { capacity: 1 }],
    ['claims that a tree has room for two million', { capacity: 2 ** 21 }],
  ])('refuses a prover that %s, and finds nothing', async (_, lie) => {
    const prover = new Prover().sign(append(0), append(1))
    prover.leaves = page(lie)
    const tree = await followTree({ prover, trust })
    await tree.update()
    await expect(tree.find([leafAt(0)])).rejects.toMatchObject({ code: 'tree.mismatch' })
    expect(tree.indexOf(leafAt(0))).toBeUndefined()
    expect(tree.knows(leafAt(0))).toBe(false)
  })

  test('refuses a tree in the place of another, and room that a prover changes its mind about', async () => {
    const prover = new Prover().sign(...[0, 1, 2, 3, 4, 5].map((i) => append(i)))
    const { leaves } = prover
    prover.leaves = (operations, page) => leaves.call(prover, operations, { ...page, tree: 0 })
    await expect(follow(prover, [leafAt(5)])).rejects.toMatchObject({ code: 'tree.mismatch' })
    prover.leaves = async (operations, page) => ({
      ...(await leaves.call(prover, operations, page)),
      capacity: page.tree === 1 ? 8 : 4,
    })
    await expect(follow(prover, [leafAt(0)])).rejects.toMatchObject({ code: 'tree.mismatch' })
  })

  test.each<[string, Operation[]]>([
    ['changes an operation', [append(1, 99n)]],
    ['sends none', []],
  ])('takes the snapshot where a prover %s', async (_, operations) => {
    const prover = new Prover().sign(append(0))
    const tree = await follow(prover, [leafAt(0), leafAt(1)])
    prover.sign(append(1))
    prover.operations = async () => ({ operations })
    await tree.update()
    expect(prover.asked).toEqual(['leaves of 0 from 0', 'leaves of 0 from 0'])
    for (const leafIndex of [0, 1]) expectPath(tree, leafIndex, prover)
  })

  test('that was away for long looks in what is new, and finds what has come into a tree that it had not', async () => {
    const prover = new Prover().sign(...[0, 1, 2, 3, 4].map((i) => append(i)))
    const tree = await follow(prover, [leafAt(0), leafAt(5), leafAt(9), leafAt(13)])
    const { operations } = prover
    prover.operations = async () => ({ operations: [] })
    prover.sign(...Array.from({ length: 8 }, (_, i) => append(5 + i)))
    prover.asked = []
    await tree.update()
    expect(prover.asked).toEqual([]) // its own tree is as it was
    expectPath(tree, 0, prover)
    expect(tree.knows(leafAt(9))).toBe(false)
    expect(await tree.find([leafAt(5), leafAt(9), leafAt(13)])).toEqual([5, 9, undefined])
    expect(prover.asked).toEqual(
      [3, 2, 1].flatMap((n) => [`leaves of ${n} from 0`, ...(n === 3 ? [] : [`leaves of ${n} from 3`])]),
    )
    prover.operations = operations
    prover.sign(append(13))
    await tree.update()
    expect(tree.indexOf(leafAt(13))).toBe(13)
    for (const leafIndex of [0, 5, 9, 13]) expectPath(tree, leafIndex, prover)
  })

  test.each([0, 1])('a false root of tree %d under a true log is refused, and all stays as it was', async (lie) => {
    const prover = new Prover().sign(...[0, 1, 2, 3].map((i) => append(i)))
    const tree = await follow(prover, [leafAt(0), leafAt(4)])
    const before = tree.checkpoint
    const path = tree.path(0)
    prover.log.push(append(4))
    prover.seal(prover.forest().roots().with(lie, toBytes32(12_345n)), 2n)
    await expect(tree.update()).rejects.toMatchObject({ code: 'tree.mismatch' })
    expect(tree.checkpoint).toEqual(before)
    expect(tree.path(0)).toEqual(path)
  })

  test('a log that was replaced is taken as a snapshot', async () => {
    const prover = new Prover().sign(append(0), append(1))
    const tree = await follow(prover, [leafAt(0), leafAt(2, 52n)])
    prover.log = []
    prover.sign(append(0, 50n), append(1, 51n), append(2, 52n))
    await tree.update()
    expect(await tree.find([leafAt(0), leafAt(2, 52n)])).toEqual([undefined, 2])
    expectPath(tree, 2, prover)
  })

  test('an older checkpoint changes nothing; another one of the same number is refused', async () => {
    const prover = new Prover().sign(append(0)).sign(append(1))
    const tree = await followTree({ prover, trust })
    const known = await tree.update()
    prover.seal([toBytes32(1n)], 1n)
    expect(await tree.update()).toBe(known)
    prover.seal([toBytes32(1n)], 2n)
    await expect(tree.update()).rejects.toMatchObject({ code: 'checkpoint.conflict' })
  })

  test('goes on from what it saved, without a prover, and refuses what was tampered with', async () => {
    const prover = new Prover().sign(...[0, 1, 2, 3, 4].map((i) => append(i)), zero(0))
    const tree = await follow(prover, [leafAt(1), leafAt(4), 77n])
    const saved = tree.save()
    prover.asked = []
    const restored = await followTree({ prover, trust, saved })
    for (const leafIndex of [1, 4]) expect(restored.path(leafIndex)).toEqual(tree.path(leafIndex))
    expect(restored.checkpoint).toEqual(tree.checkpoint)
    await restored.update()
    expect(await restored.find([77n, leafAt(4)])).toEqual([undefined, 4])
    expect(prover.asked).toEqual([])
    prover.sign(append(5))
    await restored.update()
    expectPath(restored, 4, prover)

    for (let cut = saved.length - 1; cut > 0; cut -= 97) {
      await expect(followTree({ prover, trust, saved: saved.subarray(0, cut) })).rejects.toBeInstanceOf(BaseError)
    }
    const own = (leafIndex: number) => restored.path(leafIndex).root
    for (let at = saved.length - 1; at > saved.length - 700; at -= 13) {
      const tampered = saved.map((byte, i) => (i === at ? byte ^ 1 : byte))
      const opened = await followTree({ prover: new Prover(), trust, saved: tampered }).catch((error) => {
        expect(error).toBeInstanceOf(BaseError)
      })
      if (opened?.indexOf(leafAt(1)) === 1) expect(opened.path(1)).toEqual(tree.path(1))
    }
    expect(own(1)).not.toBe(own(4))
  })

  test('what is asked for at the same time is fetched once, and ends alone', async () => {
    const prover = new Prover().sign(append(0))
    const tree = await followTree({ prover, trust })
    prover.latestCheckpoint = async (options?: { signal?: AbortSignal | undefined }) => {
      options?.signal?.throwIfAborted()
      return prover.signed
    }
    const aborted = tree.update({ signal: AbortSignal.abort(new Error('enough')) })
    const others = Promise.all([tree.update(), tree.find([leafAt(0)]), tree.find([leafAt(0)])])
    await expect(aborted).rejects.toThrow('enough')
    expect((await others).slice(1)).toEqual([[0], [0]])
    expect(prover.asked).toEqual(['leaves of 0 from 0'])
  })
})

describe('of a tree with several thousand leaves', () => {
  const size = 2_100
  const log = Array.from({ length: size }, (_, i) => append(i))
  const first = new Prover({ capacity: 4_096 })
  first.log.push(...log)
  const base = NoteTree.from(log.map(leafOfOperation))
  const nodes = base.nodes()
  first.seal([toBytes32(base.root())], ++first.sequence)
  /** The roots after some more operations, without hashing all of it again. */
  const after = (operations: readonly Operation[]): Uint8Array[] => {
    const tree = base.copy()
    for (const operation of operations) {
      if (operation.kind === 'append') tree.append(leafOfOperation(operation))
      else tree.zero(operation.leafIndex)
    }
    return [toBytes32(tree.root())]
  }
  /** The same again, without hashing it. */
  const large = () => {
    const prover = new Prover({ capacity: 4_096, perPage: 1_500 })
    prover.log.push(...log)
    prover.signed = first.signed
    prover.sequence = first.sequence
    return prover
  }

  test('a client hashes its own subtree, and takes the roots of the others from the prover', async () => {
    const prover = large()
    const tree = await follow(prover, [leafAt(7), leafAt(2_099)])
    expect(prover.asked).toEqual(['leaves of 0 from 0', 'leaves of 0 from 1500', 'nodes of 0'])
    for (const leafIndex of [7, 2_099]) expectPath(tree, leafIndex, prover)
    expect(tree.save().length).toBeLessThan(2 * 1_024 * 32)

    prover.asked = []
    prover.sign(append(size), append(size + 1))
    await tree.update()
    expect(prover.asked).toEqual(['operations from 2000'])
    prover.sign(zero(1_030), zero(7))
    await tree.update()
    expect(prover.asked.slice(1)).toEqual(['operations from 2000', 'nodes of 0'])
    expectPath(tree, 2_099, prover)
    expect(await tree.find([leafAt(7)])).toEqual([undefined])
  })

  test.each<[string, Operation[], boolean]>([
    ['one that is zeroed beside its own', [zero(8)], true],
    ['one that is zeroed far from it', [zero(1_030)], true],
    ['its own, which is zeroed', [zero(7)], true],
    ['one that is zeroed, of which it hears nothing', [zero(8)], false],
    ['one that is zeroed far from it, of which it hears nothing', [zero(1_030)], false],
  ])('a client asks the same, whichever its own leaf is, after %s', async (_, operations, isTold) => {
    const asked = [7, 1_500].map(async (own) => {
      const prover = large()
      const tree = await follow(prover, [leafAt(own)])
      prover.asked = []
      if (!isTold) prover.operations = async () => ({ operations: [] })
      prover.log.push(...operations)
      prover.seal(after(operations), 2n)
      await tree.update()
      await tree.find([leafAt(own)])
      return prover.asked
    })
    const [first, ...others] = await Promise.all(asked)
    for (const other of others) expect(other).toEqual(first)
  })

  test('what a prover says of subtrees that it does not use changes nothing', async () => {
    const prover = large()
    const { leaves } = prover
    prover.leaves = async (operations, page) => {
      const found = await leaves.call(prover, operations, page)
      return { ...found, leaves: found.leaves.map((leaf, i) => ((page.from ?? 0) + i === 1_030 ? 5n : leaf)) }
    }
    expectPath(await follow(prover, [leafAt(7)]), 7, prover)
    await expect(follow(prover, [leafAt(1_500)])).rejects.toMatchObject({ code: 'tree.mismatch' })
  })

  test.each<[string, (nodes: readonly bigint[]) => readonly bigint[]]>([
    ['its own', (nodes) => nodes.with(0, 5n)],
    ['another', (nodes) => nodes.with(1, 5n)],
    ['one too few', (nodes) => nodes.slice(1)],
    ['one too many', (nodes) => [...nodes, 5n]],
    ['an empty one too many', (nodes) => [...nodes, 0n]],
    ['two that changed places', ([a = 0n, b = 0n, ...rest]) => [b, a, ...rest]],
    ['what no node can be', (nodes) => nodes.with(1, FIELD_ORDER)],
    ['thousands', (nodes) => Array(5_000).fill(nodes[0])],
    ['none', () => []],
  ])('a false root of a subtree is refused: %s', async (_, lie) => {
    const prover = large()
    prover.nodes = async () => lie(nodes)
    await expect(follow(prover, [leafAt(7)])).rejects.toMatchObject({ code: 'tree.mismatch' })
  })
})
