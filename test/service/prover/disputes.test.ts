import { fc } from '@fast-check/vitest'
import { http } from 'viem'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  type Checkpoint,
  decodeCheckpoint,
  decodeSignedCheckpoint,
  encodeCheckpoint,
  encodeSignedCheckpoint,
  type SignedCheckpoint,
} from '../../../sdk/codec/index.ts'
import { addressToBytes, forestRootOf, fromHex, networkIdOf, toHex } from '../../../sdk/crypto/index.ts'
import { checkpointRegistryAbi, noteTreeAbi } from '../../../sdk/generated/abis.ts'
import { applyCheckpoint, BaseError, checkpointDigest, verifyCheckpoint } from '../../../sdk/verifier/index.ts'
import { openPglite } from '../../../service/plugins/database/index.ts'
import { createViemReader } from '../../../service/prover/chain/index.ts'
import { createSigner } from '../../../service/prover/checkpoints/index.ts'
import { findDisputes } from '../../../service/prover/disputes/find-disputes.ts'
import { Indexer } from '../../../service/prover/indexer/index.ts'
import { createIssuerKey } from '../../../service/prover/issuing/index.ts'
import { Ledger } from '../../../service/prover/ledger/index.ts'
import { createSqlStore, type ProverStore } from '../../../service/prover/store/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { openOffice } from '../../helpers/office.ts'
import { startTestProver } from '../../helpers/prover.ts'

const patience = { timeout: 90_000, interval: 50 }
/** Gas that one transaction of a dispute may take: goals of contracts/README.md. */
const gasGoals: Record<string, bigint> = {
  slashEquivocation: 300_000n,
  slashFalseHeader: 300_000n,
  slashBrokenChain: 300_000n,
  slashFalseRoot: 1_500_000n,
  slashFalseLeaks: 300_000n,
}

/** Who attests facts by the terms of this network. */
const issuers = [1, 2].map((byte) => {
  const { x, y } = createIssuerKey(`${byte}`.repeat(64))
  return { url: `https://issuer-${byte}.example`, x: `0x${toHex(x)}`, y: `0x${toHex(y)}` } as const
})

describe('a false checkpoint', () => {
  let chain: TestChain
  let office: Awaited<ReturnType<typeof openOffice>>
  let prover: Awaited<ReturnType<typeof startTestProver>>
  let store: ProverStore
  let truth: readonly Checkpoint[]

  beforeAll(async () => {
    chain = await startTestChain({ issuers })
    office = await openOffice(chain, 1)
    await chain.buy(1n)
    await reveal(7n)
    prover = await startTestProver(chain, {
      checkpointRegistry: chain.checkpointRegistry,
      isNewNetwork: 'on',
      signerKey: office.keys[0],
      network: 'pennypost-local',
    })
    for (let i = 2n; i < 5n; i++) await chain.buy(i)
    await reveal(8n)
    const count = { address: chain.tree, abi: noteTreeAbi, functionName: 'operationCount' } as const
    const operations = await chain.publicClient.readContract(count)
    const read = async () => (await prover.client.checkpoints(0n)).map(({ checkpoint }) => decodeCheckpoint(checkpoint))
    await vi.waitFor(async () => expect((await read()).at(-1)?.leaks).toHaveLength(2), patience)
    truth = await read()
    expect(truth.at(-1)?.operations).toBe(operations)
    store = await readChain()
  })

  afterAll(async () => {
    await prover?.close()
    await store?.close()
    await chain?.close()
  })

  /** Says that a secret is out, as a stake's contract does. */
  async function reveal(secret: bigint): Promise<void> {
    const until = BigInt(Math.floor(Date.now() / 1000)) + 86_400n
    const call = { address: chain.tree, abi: noteTreeAbi, functionName: 'reveal', args: [secret, until] } as const
    await (await chain.walletOf(chain.stakeRegistry)).writeContract(call)
  }

  /** What a watcher of this chain knows. */
  async function readChain(): Promise<ProverStore> {
    const store = await createSqlStore(await openPglite('disputes', undefined))
    const { tree: noteTree, checkpointRegistry, rpcUrl, deployedAtBlock: fromBlock } = chain
    const contracts = { noteTree, postage: [], stakes: [], payments: [], connections: [], checkpointRegistry }
    const { signal } = new AbortController()
    const reader = createViemReader({ transport: http(rpcUrl), confirmations: 0, signal, ...contracts })
    const head = await reader.head()
    const capacity = 2 ** 20
    await new Indexer({ chain: reader, store, fromBlock, capacity }).sync(head!)
    await new Ledger({ chain: reader, store, fromBlock, contracts: [noteTree, checkpointRegistry] }).sync(head!)
    return store
  }

  function sign(checkpoint: Checkpoint): SignedCheckpoint {
    const signer = createSigner(office.keys[0]!)
    const signatures = [
      { signer: addressToBytes(signer.address), signature: signer.sign(checkpointDigest(checkpoint)) },
    ]
    return decodeSignedCheckpoint(encodeSignedCheckpoint({ checkpoint: encodeCheckpoint(checkpoint), signatures }))
  }

  const trust = () => ({
    ...prover.trust,
    networkId: networkIdOf('pennypost-local'),
    signers: office.signers,
    threshold: 1,
  })

  /** Whether a node that follows the checkpoint before takes this one. */
  function isFollowed(signed: SignedCheckpoint, previous: Checkpoint | undefined): boolean {
    try {
      const checkpoint = verifyCheckpoint(signed, trust(), { now: Date.now() / 1000 })
      applyCheckpoint(previous && { latest: previous, superseded: new Map() }, checkpoint)
      return true
    } catch (error) {
      if (error instanceof BaseError) return false
      throw error
    }
  }

  /** The call that takes the bond, with its gas; undefined where there is none. */
  async function slashing(signed: SignedCheckpoint, previous: Checkpoint | undefined) {
    const comparison = { store, capacity: 2 ** 20, previous, twins: [] }
    for await (const { functionName, args } of findDisputes(signed, comparison)) {
      const call = { address: chain.checkpointRegistry, abi: checkpointRegistryAbi, functionName, args }
      const gas = await chain.publicClient.estimateContractGas(call as never).catch(() => undefined)
      if (gas !== undefined) return { functionName, gas }
    }
    return undefined
  }

  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const some = fc.bigInt({ min: 0n, max: 2n ** 63n })
  type Lie = (of: Checkpoint, previous: Checkpoint | undefined, dice: Dice) => Partial<Checkpoint> | undefined
  type Dice = { readonly word: Uint8Array; readonly number: bigint; readonly at: number }

  const changeAt = <T>(list: readonly T[], at: number, change: (one: T) => T): readonly T[] =>
    list.map((one, i) => (i === at % list.length ? change(one) : one))
  const flipped = (word: Uint8Array): Uint8Array => word.map((byte, i) => (i === 31 ? byte ^ 1 : byte))

  /** Each field of the header with every way to say something else there that a signer might try. */
  const lies: Record<string, Lie> = {
    networkId: (_, __, { word }) => ({ networkId: word }),
    sequence: ({ sequence }, __, { number }) => ({ sequence: number === sequence ? number + 1n : number }),
    previous: (_, __, { word }) => ({ previous: word }),
    'no previous': ({ sequence }) => (sequence > 1n ? { previous: new Uint8Array(32) } : undefined),
    chainId: (_, __, { number }) => ({ chainId: number + 40_000n }),
    blockHash: (_, __, { word }) => ({ blockHash: word }),
    noteTree: (_, __, { word }) => ({ noteTree: word.slice(12) }),
    registry: (_, __, { word }) => ({ registry: word.slice(12) }),
    operations: ({ operations }, __, { number }) => ({ operations: number === operations ? number + 1n : number }),
    'fewer operations': ({ operations, roots }, previous) =>
      roots.length > 0
        ? {
            operations: operations - 1n,
            roots: roots.slice(0, -1),
            root: roots.at(-2) ?? previous?.root ?? flipped(roots[0]!),
          }
        : undefined,
    logHash: (_, __, { word }) => ({ logHash: word }),
    root: (_, __, { word }) => ({ root: word }),
    'the root and all that must match': ({ roots, trees }, __, { word }) => {
      const forged = changeAt(trees, 0, () => word)
      return roots.length > 0
        ? { trees: forged, root: forestRootOf(forged), roots: [...roots.slice(0, -1), forestRootOf(forged)] }
        : undefined
    },
    'the root where nothing was added': ({ roots, trees }, __, { word }) => {
      const forged = changeAt(trees, 0, () => word)
      return roots.length === 0 ? { trees: forged, root: forestRootOf(forged) } : undefined
    },
    'one of the roots': ({ roots }, __, { word, at }) =>
      roots.length > 1 ? { roots: [...changeAt(roots.slice(0, -1), at, () => word), roots.at(-1)!] } : undefined,
    'a root more': ({ roots, root }) => ({ roots: [...roots, root] }),
    'a root less': ({ roots }) => (roots.length > 1 ? { roots: roots.slice(1) } : undefined),
    'a made-up tree': ({ trees }, __, { word }) => ({ trees: [...trees, word] }),
    floor: ({ floor }) => ({ floor: `${floor} ` }),
    'no floor': () => ({ floor: '' }),
    defaultRule: () => ({ defaultRule: 'everyone' }),
    requestBits: ({ requestBits }) => ({ requestBits: requestBits - 1 }),
    decimals: ({ decimals }) => ({ decimals: decimals - 12 }),
    checkpointSeconds: ({ checkpointSeconds }) => ({ checkpointSeconds: checkpointSeconds + 1 }),
    'a class left out': ({ classes }, __, { at }) => ({ classes: classes.filter((_, i) => i !== at % classes.length) }),
    'a price': ({ classes }, __, { at, number }) => ({
      classes: changeAt(classes, at, (one) => ({ ...one, price: one.price + number + 1n })),
    }),
    'a window': ({ classes }, __, { at }) => ({
      classes: changeAt(classes, at, (one) => ({ ...one, rootWindow: one.rootWindow * 2 })),
    }),
    'a contract': ({ classes }, __, { at, word }) => ({
      classes: changeAt(classes, at, (one) => ({ ...one, contract: word.slice(12) })),
    }),
    'an issuer': ({ issuers }, __, { word, at }) => ({
      issuers: changeAt(issuers, at, (one) => ({ ...one, y: word })),
    }),
    'where an issuer answers': ({ issuers }, __, { at }) => ({
      issuers: changeAt(issuers, at, (one) => ({ ...one, url: 'https://evil.example' })),
    }),
    'an issuer more': ({ issuers }, __, { word }) => ({
      issuers: [...issuers, { url: 'https://evil.example', x: word, y: word }],
    }),
    'an issuer twice': ({ issuers }) => ({ issuers: [...issuers, ...issuers.slice(0, 1)] }),
    'an issuer left out': ({ issuers }, __, { at }) => ({
      issuers: issuers.filter((_, i) => i !== at % issuers.length),
    }),
    'issuers in another order': ({ issuers }) => ({ issuers: issuers.toReversed() }),
    'a node': (_, __, { word }) => ({ nodes: [{ url: 'https://node.example', key: word }] }),
    'a time to come': ({ issuedAt }, __, { number }) => ({ issuedAt: issuedAt + 1_000n + (number % 1_000_000n) }),
    'a time before': (_, previous, { number }) =>
      previous ? { issuedAt: previous.issuedAt - 1n - (number % previous.issuedAt) } : undefined,
    'a secret that is not out': ({ leaks }, __, { word }) => ({ leaks: [...leaks, word] }),
    // Of the block in which it came out it may be missing, since another block may have the same second.
    'a secret that was out before, left out': ({ leaks, issuedAt }, previous) =>
      previous && previous.leaks.length > 0 && previous.issuedAt < issuedAt
        ? { leaks: leaks.slice(previous.leaks.length) }
        : undefined,
    signers: (_, __, { word }) => ({ signers: [word.slice(12)], threshold: 1 }),
    'a signer more': ({ signers }, __, { word }) => ({ signers: [...signers, word.slice(12)] }),
    'a longer office': ({ officeEndsAt }, __, { number }) => ({
      officeEndsAt: officeEndsAt + 1n + (number % 2n ** 40n),
    }),
    'an office without an end': () => ({ officeEndsAt: 0n }),
  }

  /** What stops a lie about one of the true checkpoints; undefined where the lie cannot be told of it. */
  async function fateOf(lie: Lie, dice: Dice & { readonly which: number }): Promise<string | undefined> {
    const index = dice.which % truth.length
    const [of, previous] = [truth[index]!, truth[index - 1]]
    const change = lie(of, previous, dice)
    if (!change) return undefined
    const signed = sign({ ...of, ...change })
    if (!isFollowed(signed, previous)) return 'refused'
    const slashed = await slashing(signed, previous)
    if (!slashed) return 'believed'
    expect(slashed.gas, slashed.functionName).toBeLessThanOrEqual(gasGoals[slashed.functionName]!)
    return slashed.functionName
  }

  test('is refused by every node, or its signers can be slashed by one transaction: whatever the lie', async () => {
    const fates = new Map<string, Set<string>>()
    const draw = fc.record({ at: fc.nat(50), which: fc.nat(50), word: bytes, number: some })
    for (const [name, lie] of Object.entries(lies)) {
      const told = await Promise.all(fc.sample(draw, 6).map((dice) => fateOf(lie, dice)))
      fates.set(name, new Set(told.filter((fate) => fate !== undefined)))
    }
    for (const [name, fate] of fates)
      expect([name, [...fate]]).toEqual([name, expect.not.arrayContaining(['believed'])])
    for (const call of ['slashFalseHeader', 'slashFalseRoot', 'slashFalseLeaks']) {
      expect([...fates.values()].some((fate) => fate.has(call))).toBe(true)
    }
  })

  test('is none where nothing is false in it, and the issuers are those that the registry names', async () => {
    const named = issuers.map(({ url, x, y }) => ({ url, x: fromHex(x), y: fromHex(y) }))
    expect(truth.map((one) => one.issuers)).toMatchObject(truth.map(() => named))
    for (const [i, checkpoint] of truth.entries()) {
      expect(isFollowed(sign(checkpoint), truth[i - 1])).toBe(true)
      expect(await slashing(sign(checkpoint), truth[i - 1])).toBeUndefined()
    }
  })

  test('that does not follow is slashed though nobody follows it', async () => {
    const [first, second] = [truth[0]!, truth[1]!]
    const skipped = sign({ ...second, sequence: 9n })
    expect((await slashing(skipped, first))?.functionName).toBe('slashBrokenChain')
    const comparison = { store, capacity: 2 ** 20, previous: first, twins: [sign(second)] }
    const [equivocation] = await Array.fromAsync(findDisputes(sign({ ...second, floor: 'nobody' }), comparison))
    expect(equivocation?.functionName).toBe('slashEquivocation')
  })
})
