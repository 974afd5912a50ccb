import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSigner, makeKey } from '../../../service/prover/checkpoints/index.ts'
import { append, FakeChain } from '../../helpers/fake-chain.ts'
import { day, leaks, pageOf, setsTerms, startStores, takesOffice } from '../../helpers/signing-provers.ts'

let stores: Awaited<ReturnType<typeof startStores>>
let chain: FakeChain
const signer = createSigner(makeKey())
const signers = [signer.address]

beforeAll(async () => {
  stores = await startStores()
})

afterAll(() => stores?.close())

beforeEach(() => {
  stores.reuse()
  chain = new FakeChain()
})

/** A chain of so many blocks, one every ten seconds, where the signer takes office at the first and terms are set. */
function found(blocks: number, { endsAt }: { endsAt?: number } = {}): void {
  while (chain.blocks.length <= blocks) chain.mine()
  chain.ledgerEvents = [takesOffice(chain, { block: 1, signers, endsAt }), setsTerms(chain, { block: 1 })]
}

const blocksOf = async (changes = {}) => {
  const prover = await stores.prover(chain, { signer, ...changes })
  await prover.look()
  return (await prover.checkpoints()).map(({ blockNumber }) => Number(blockNumber))
}

describe('the block of the next checkpoint', () => {
  test('is that at which somebody is in office under terms; then that at which the last one is too old', async () => {
    found(25)
    expect(await blocksOf()).toEqual([1, 11, 21])
  })

  test('is the first at which the log grew, the registry said something else, or a secret is out', async () => {
    found(1)
    chain.mine().mine(append(0), append(1)).mine().mine(append(2)).mine().mine()
    chain.ledgerEvents.push(setsTerms(chain, { block: 5, requestBits: 9 }), leaks(5n, { block: 6 }))
    expect(await blocksOf()).toEqual([1, 3, 5, 6])
  })

  test('is one and the same for all that happens in it', async () => {
    found(1)
    chain.mine(append(0))
    chain.ledgerEvents.push(
      setsTerms(chain, { block: 2, requestBits: 9 }),
      leaks(5n, { block: 2 }),
      takesOffice(chain, { block: 2, signers, endsAt: 2_000_000 }),
    )
    const prover = await stores.prover(chain, { signer })
    expect(await prover.look()).toBe(2)
    expect((await prover.checkpoints())[1]).toMatchObject({
      blockNumber: 2n,
      operations: 1n,
      requestBits: 9,
      leaks: [expect.anything()],
      officeEndsAt: 2_000_000n,
    })
  })

  test('is the same again for the rest of a long log', async () => {
    found(1)
    chain.mine(...Array.from({ length: 25 }, (_, i) => append(i))).mine(append(25))
    const prover = await stores.prover(chain, { signer, maxRoots: 10 })
    await prover.look()
    const made = (await prover.checkpoints()).map(({ blockNumber, roots }) => [Number(blockNumber), roots.length])
    expect(made).toEqual([
      [1, 0],
      [2, 10],
      [2, 10],
      [2, 5],
      [3, 1],
    ])
  })

  test('is the first of several that were made in the second in which the last one is too old', async () => {
    chain.timeOf = (block) => 1_000 + 50 * Math.floor(Number(block) / 4)
    found(13)
    expect(await blocksOf()).toEqual([1, 8])
  })
})

describe('an office', () => {
  test('that is over signs nothing, and names nobody who may not be named', async () => {
    found(30, { endsAt: 1_100 })
    chain.mine(append(0))
    expect(await blocksOf()).toEqual([1])
  })

  test('that is over goes on with the next one that begins, whatever happened between', async () => {
    found(20, { endsAt: 1_100 })
    chain.mine(append(0)).mine().mine(append(1))
    const next = createSigner(makeKey())
    chain.ledgerEvents.push(
      takesOffice(chain, { block: 15, signers: [] }),
      takesOffice(chain, { block: 22, signers: [next.address] }),
    )
    const old = await stores.prover(chain, { signer })
    await expect(old.look()).rejects.toMatchObject({ code: 'signer.not-in-force' })
    const sealed = await old.sealed()
    expect(sealed).toHaveLength(1)
    const heir = await stores.prover(chain, { signer: next, peers: [pageOf(old)] })
    expect(await heir.look()).toBe(2)
    const [first, second] = await heir.checkpoints()
    expect([first?.blockNumber, second?.blockNumber, second?.operations]).toEqual([1n, 22n, 1n])
    chain.mine()
    expect(await old.look().catch(({ code }) => code)).toBe('signer.not-in-force')
    expect(await old.sealed()).toEqual(sealed)
  })

  describe('that was replaced', () => {
    const next = createSigner(makeKey())
    const replacedAt = 4

    beforeEach(() => {
      found(replacedAt)
      chain.ledgerEvents.push(takesOffice(chain, { block: replacedAt, signers: [next.address] }))
    })

    test('hands over itself', async () => {
      const old = await stores.prover(chain, { signer })
      await expect(old.look()).rejects.toMatchObject({ code: 'signer.not-in-force' })
      const heir = await stores.prover(chain, { signer: next, peers: [pageOf(old)] })
      chain.mine(append(0))
      expect(await heir.look()).toBe(1)
      expect((await heir.checkpoints()).map(({ blockNumber }) => blockNumber)).toEqual([1n, 4n, 5n])
    })

    test('and does not hand over is followed a day later by the next, with the very same checkpoint', async () => {
      const old = await stores.prover(chain, { signer })
      await old.look(3n)
      const heir = await stores.prover(chain, { signer: next, peers: [pageOf(old)] })
      await expect(heir.look()).rejects.toMatchObject({ code: 'signer.not-in-force' })
      const replaced = chain.timeOf(BigInt(replacedAt))
      chain.timeOf = (block) => (block <= replacedAt ? 1_000 + 10 * Number(block) : replaced + day)
      chain.mine()
      await expect(heir.look()).rejects.toMatchObject({ code: 'signer.not-in-force' })
      chain.timeOf = (block) => (block <= replacedAt ? 1_000 + 10 * Number(block) : replaced + day + 1)
      expect(await heir.look()).toBe(2)
      const late = await stores.prover(chain, { signer, store: old.store, journal: old.journal, peers: [pageOf(heir)] })
      await late.look().catch(() => undefined)
      expect(await late.sealed()).toEqual(await heir.sealed())
      const again = await stores.prover(chain, { signer })
      await again.look().catch(() => undefined)
      expect((await again.checkpoints())[1]).toEqual((await heir.checkpoints())[1])
    })
  })

  test('of nobody says nothing', async () => {
    found(5)
    chain.mine(append(0)).mine()
    chain.ledgerEvents.push(takesOffice(chain, { block: 4, signers: [] }))
    expect(await blocksOf()).toEqual([1])
  })

  test('that everybody left before there were terms begins nothing', async () => {
    found(8)
    chain.ledgerEvents = [
      takesOffice(chain, { block: 1, signers: [createSigner(makeKey()).address] }),
      takesOffice(chain, { block: 2, signers: [] }),
      setsTerms(chain, { block: 3 }),
      takesOffice(chain, { block: 5, signers }),
    ]
    expect(await blocksOf()).toEqual([5])
  })

  test('that was over before there were terms begins nothing', async () => {
    found(8)
    chain.ledgerEvents = [
      takesOffice(chain, { block: 1, signers, endsAt: 1_030 }),
      setsTerms(chain, { block: 4 }),
      takesOffice(chain, { block: 6, signers, endsAt: 1_030 + day }),
    ]
    expect(await blocksOf()).toEqual([6])
  })
})
