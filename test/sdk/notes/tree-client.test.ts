import { describe, expect, test } from 'vitest'
import { encodeCheckpoint, type SignedCheckpoint } from '../../../sdk/codec/index.ts'
import { addressOf, networkIdOf, publicKeyOf, signDigest, toBytes32, zeroAddress } from '../../../sdk/crypto/index.ts'
import { leafOf } from '../../../sdk/crypto/signals.ts'
import {
  emptyChain,
  extendChain,
  followTree,
  NoteTree,
  type Operation,
  type TreeSource,
} from '../../../sdk/notes/index.ts'
import type { ProverPage } from '../../../sdk/transport/index.ts'
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

/** A prover in memory; a test makes it lie by replacing what it answers. */
class Prover implements TreeSource {
  log: Operation[] = []
  signed: SignedCheckpoint | undefined
  asked: string[] = []
  #sequence = 0n

  tree(log = this.log): NoteTree {
    const tree = new NoteTree()
    for (const operation of log) {
      if (operation.kind === 'append') tree.append(leafOf(operation))
      else tree.zero(operation.leafIndex)
    }
    return tree
  }

  sign(...operations: Operation[]): this {
    this.log.push(...operations)
    return this.seal(this.tree().root(), ++this.#sequence)
  }

  seal(root: bigint, sequence: bigint): this {
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
      root: toBytes32(root),
      roots: [],
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

  async leaves(operations: bigint, { from = 0 }: ProverPage = {}) {
    this.asked.push(`leaves ${operations} from ${from}`)
    const leaves = this.tree(this.log.slice(0, Number(operations))).leaves()
    return { size: leaves.length, leaves: leaves.slice(from, from + 2) }
  }

  async operations({ from = 0, limit = 10 }: ProverPage = {}) {
    this.asked.push(`operations from ${from}`)
    return { operations: this.log.slice(from, from + Math.min(limit, 2)) }
  }
}

describe('a client that follows the tree', () => {
  test('starts from a snapshot, page by page, and goes on with operations', async () => {
    const prover = new Prover().sign(append(0), append(1), append(2))
    const tree = await followTree({ prover, trust })
    const progress: number[] = []
    await tree.update({ onProgress: ({ leaves }) => progress.push(leaves) })
    prover.sign(append(3), { kind: 'zero', leafIndex: 1 }, append(4))
    await tree.update()
    await tree.update()

    expect(progress).toEqual([2, 3])
    expect(prover.asked).toEqual([
      'leaves 3 from 0',
      'leaves 3 from 2',
      ...[0, 2, 4].map((from) => `operations from ${from}`),
    ])
    expect(tree.size).toBe(5)
    expect(tree.leaf(1)).toBe(0n)
    expect(tree.path(4)).toEqual(prover.tree().path(4))
  })

  test('that comes back asks a prover what all ask that were there within the same thousand operations', async () => {
    const prover = new Prover()
    const asked: string[][] = []
    const all = Array.from({ length: 1010 }, (_, i) => append(i))
    prover.sign(...all).seal(prover.tree().root(), 9n)
    for (const size of [1, 40, 999]) {
      const before = new Prover()
      before.sign(...Array.from({ length: size }, (_, i) => append(i)))
      const leaves = before.tree().leaves()
      before.leaves = async () => ({ size, leaves })
      const saved = await followTree({ prover: before, trust })
      await saved.update()
      asked.push([])
      prover.operations = async ({ from = 0, limit = 10 } = {}) => {
        asked.at(-1)?.push(`operations from ${from}, ${limit} of them`)
        return { operations: prover.log.slice(from, from + limit) }
      }
      prover.asked = asked.at(-1) ?? []
      const tree = await followTree({ prover, trust, saved: saved.save() })
      await tree.update()
      expect(tree.size).toBe(1010)
    }
    expect(new Set(asked.map(String))).toEqual(
      new Set(['operations from 0, 1000 of them,operations from 1000, 1000 of them']),
    )
  })

  test('says that there is nothing yet', async () => {
    const tree = await followTree({ prover: new Prover(), trust })
    await expect(tree.update()).rejects.toMatchObject({ code: 'checkpoint.missing' })
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

  test.each<[string, (prover: Prover) => void]>([
    ['changes a leaf', (prover) => (prover.leaves = async () => ({ size: 2, leaves: [1n, 2n] }))],
    [
      'holds back a leaf',
      (prover) => (prover.leaves = async () => ({ size: 1, leaves: [leafOf(append(0) as never)] })),
    ],
    ['promises leaves and sends none', (prover) => (prover.leaves = async () => ({ size: 2, leaves: [] }))],
    [
      'claims more leaves than operations',
      (prover) => (prover.leaves = async () => ({ size: 3, leaves: [1n, 2n, 3n] })),
    ],
  ])('refuses a prover that %s', async (_, lie) => {
    const prover = new Prover().sign(append(0), append(1))
    lie(prover)
    const tree = await followTree({ prover, trust })
    await expect(tree.update()).rejects.toMatchObject({ code: 'tree.mismatch' })
    expect(tree.checkpoint).toBeUndefined()
  })

  test.each<[string, Operation[]]>([
    ['changes an operation', [append(1, 99n)]],
    ['sends none', []],
  ])('takes the snapshot where a prover %s', async (_, operations) => {
    const prover = new Prover().sign(append(0))
    const tree = await followTree({ prover, trust })
    await tree.update()
    prover.sign(append(1))
    prover.operations = async () => ({ operations })
    await tree.update()
    expect(prover.asked).toEqual(['leaves 1 from 0', 'leaves 2 from 0'])
    expect(tree.path(1)).toEqual(prover.tree().path(1))
  })

  test('a false root under a true log is refused, and the tree stays as it was', async () => {
    const prover = new Prover().sign(append(0))
    const tree = await followTree({ prover, trust })
    const before = await tree.update()
    const path = tree.path(0)
    prover.log.push(append(1))
    prover.seal(12_345n, 2n)
    await expect(tree.update()).rejects.toMatchObject({ code: 'tree.mismatch' })
    expect(tree.checkpoint).toEqual(before)
    expect(tree.path(0)).toEqual(path)
  })

  test('a log that was replaced is taken as a snapshot', async () => {
    const prover = new Prover().sign(append(0), append(1))
    const tree = await followTree({ prover, trust })
    await tree.update()
    prover.log = []
    prover.sign(append(0, 50n), append(1, 51n), append(2, 52n))
    await tree.update()
    expect(tree.path(2)).toEqual(prover.tree().path(2))
  })

  test('an older checkpoint changes nothing; another one of the same number is refused', async () => {
    const prover = new Prover().sign(append(0)).sign(append(1))
    const tree = await followTree({ prover, trust })
    const known = await tree.update()
    prover.seal(1n, 1n)
    expect(await tree.update()).toBe(known)
    prover.seal(1n, 2n)
    await expect(tree.update()).rejects.toMatchObject({ code: 'checkpoint.conflict' })
  })

  test('goes on from what it saved, without a prover, and refuses what was tampered with', async () => {
    const prover = new Prover().sign(append(0), append(1), { kind: 'zero', leafIndex: 0 })
    const tree = await followTree({ prover, trust })
    await tree.update()
    const saved = tree.save()
    prover.asked = []
    const restored = await followTree({ prover, trust, saved })
    expect(restored.path(1)).toEqual(tree.path(1))
    expect(restored.checkpoint).toEqual(tree.checkpoint)
    await restored.update()
    expect(prover.asked).toEqual([])

    const tampered = Uint8Array.from(saved)
    tampered[tampered.length - 1]! ^= 1
    await expect(followTree({ prover, trust, saved: tampered })).rejects.toMatchObject({ code: 'tree.mismatch' })
    const cut = saved.subarray(0, saved.length - 1)
    await expect(followTree({ prover, trust, saved: cut })).rejects.toMatchObject({ code: 'tree.mismatch' })
    await expect(followTree({ prover, trust, saved: saved.subarray(0, 40) })).rejects.toMatchObject({
      code: 'tree.mismatch',
    })
  })

  test('updates that are asked for at the same time fetch what is new once, and end alone', async () => {
    const prover = new Prover().sign(append(0))
    const tree = await followTree({ prover, trust })
    prover.latestCheckpoint = async (options?: { signal?: AbortSignal | undefined }) => {
      options?.signal?.throwIfAborted()
      return prover.signed
    }
    const aborted = tree.update({ signal: AbortSignal.abort(new Error('enough')) })
    const others = Promise.all([tree.update(), tree.update()])
    await expect(aborted).rejects.toThrow('enough')
    expect(await others).toHaveLength(2)
    expect(prover.asked).toEqual(['leaves 1 from 0'])
  })
})
