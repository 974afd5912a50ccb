import { readdir, readFile } from 'node:fs/promises'
import { createWalletClient, custom, type Hash, type Hex, http, parseEther } from 'viem'
import { hardhat } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { noticeAbi, postageTokenAbi } from '../../../sdk/generated/abis.ts'
import {
  type ActStorage,
  type buyStamps,
  type ChainProgress,
  notify,
  type PaymentWallet,
  type pay,
} from '../../../sdk/payments/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { type Act, actNames, actsOn, cutOff, type ActOn as On } from '../../helpers/chain-acts.ts'
import { makePlaces } from '../../helpers/payment-places.ts'

// What has left for the chain is gone on with, by whoever has the same storage, and not paid for twice. Blocks come when a
// test says so.

const payer = 3
let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain()
  const args = [chain.walletAt(payer).account.address, parseEther('5000')] as const
  await chain.walletAt(0).writeContract({ address: chain.token, abi: postageTokenAbi, functionName: 'transfer', args })
  await chain.testClient.setAutomine(false)
  await chain.testClient.mine({ blocks: 1 })
})
afterAll(() => chain?.close())

function createStorage(saved = new Map<string, Uint8Array>()) {
  const storage: ActStorage = { get: async (key) => saved.get(key), set: async (key, value) => saved.set(key, value) }
  return { storage, saved }
}

const common = (on: On) => ({ wallet: chain.walletAt(payer), public: chain.publicClient, token: chain.token, ...on })

let strangers = 0
/** A notice to somebody who got none. */
function noticing(): { act: Act; count: () => Promise<number>; recipient: Hex } {
  const recipient = `0x${String(++strangers).padStart(40, '0')}` as const
  const contract = { address: chain.notice, abi: noticeAbi } as const
  return {
    recipient,
    act: (on) => notify({ ...common(on), notice: chain.notice, recipient }),
    count: async () =>
      (await chain.publicClient.readContract({ ...contract, functionName: 'mailOf', args: [recipient] })).count,
  }
}

/** Mines until a call has answered. */
async function mining<T>(answer: Promise<T>): Promise<T> {
  let isOver = false
  answer.catch(() => undefined).finally(() => (isOver = true))
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    await chain.testClient.mine({ blocks: 1 })
  }
  return answer
}

const numberOf = () =>
  chain.publicClient.getTransactionCount({ address: chain.walletAt(payer).account.address, blockTag: 'pending' })

/** A wallet of which sending works, and its answer never comes. */
function withoutAnswer(name: 'sendRawTransaction' | 'sendTransaction', wallet: PaymentWallet) {
  let hasLeft = () => {}
  const left = new Promise<void>((resolve) => (hasLeft = resolve))
  const send = async (call: never) => {
    await wallet[name](call)
    hasLeft()
    return new Promise<never>(() => {})
  }
  return { wallet: { ...wallet, [name]: send } as PaymentWallet, left }
}

/** A wallet behind an interface of its own, as browsers have them. */
async function remoteWallet(): Promise<PaymentWallet> {
  const { address } = chain.walletAt(payer).account
  await chain.testClient.impersonateAccount({ address })
  const below = http(chain.rpcUrl)({ chain: hardhat })
  const key = chain.walletAt(payer)
  const request = ({ method, params }: { method: string; params?: never[] }) =>
    method === 'eth_signTypedData_v4'
      ? key.signTypedData(JSON.parse(params?.[1] ?? ''))
      : below.request({ method, params } as never)
  return createWalletClient({ account: address, chain: hardhat, transport: custom({ request }, { retryCount: 0 }) })
}

/** Another run of the program: it knows nothing of what this one is about to do. */
async function anotherRun() {
  vi.resetModules()
  return import('../../../sdk/payments/index.ts')
}

const acts = () => actsOn(chain, { payer, mining })

test('every place that sends something to the chain is in the table', async () => {
  const folder = 'sdk/payments'
  const sources = await Promise.all((await readdir(folder)).map((name) => readFile(`${folder}/${name}`, 'utf8')))
  const places = sources.flatMap((source) => [...source.matchAll(/[^.\w](transact|transactAfter|spend)\(options/g)])
  expect(places).toHaveLength(actNames.length)
})

describe('what was sent, and is not mined', () => {
  test.each(actNames)(
    'is gone on with by another run with the same storage, and by one that never answers: %s',
    async (name) => {
      const act = await acts()[name]()
      const { storage, saved } = createStorage()
      const before = await numberOf()
      const hash = await cutOff(act, { storage })
      const again = createStorage(new Map(saved)).storage
      expect(await cutOff(act, { storage: again })).toBe(hash)
      expect(await mining(act({ storage }))).toMatchObject({ hash })
      expect(await numberOf()).toBe(before + 1)
      expect([...saved.values()].every((bytes) => bytes.length === 0)).toBe(true)
    },
  )

  test('is another act once it was answered, whether the wallet names its chain or not', async () => {
    const [{ act, count }, { storage }] = [noticing(), createStorage()]
    const { account } = chain.walletAt(payer)
    const wallet = createWalletClient({ account, transport: http(chain.rpcUrl) })
    const first = await mining(act({ storage, wallet }))
    const second = await mining(act({ storage }))
    expect(second.hash).not.toBe(first.hash)
    expect(await count()).toBe(2)
  })

  test('is gone on with in one run without a storage, and where the storage fails', async () => {
    const fail = async () => {
      throw new Error('The disk is full.')
    }
    for (const on of [{}, { storage: { get: fail, set: fail } }]) {
      const { act, count } = noticing()
      const wallet = chain.walletAt(payer)
      const hash = await cutOff(act, { wallet, ...on })
      expect((await mining(act({ wallet, ...on }))).hash).toBe(hash)
      expect(await count()).toBe(1)
    }
  })

  test.each(['sendRawTransaction', 'sendTransaction'] as const)(
    'and whose sender died before %s answered is found by its place',
    async (name) => {
      const [{ act, count }, { storage, saved }] = [noticing(), createStorage()]
      const own = name === 'sendTransaction' ? await remoteWallet() : chain.walletAt(payer)
      const { wallet, left } = withoutAnswer(name, own)
      const died = new AbortController()
      act({ storage, wallet, signal: died.signal }).catch(() => undefined)
      await left
      died.abort()
      const next = { storage: createStorage(new Map(saved)).storage, wallet: own }
      if (name === 'sendTransaction') await expect(act(next)).rejects.toMatchObject({ code: 'payment.pending' })
      await chain.testClient.mine({ blocks: 3 })
      await mining(act(next))
      expect(await count()).toBe(1)
    },
  )

  test('and that a wallet never answers for ends with its signal', async () => {
    const { act } = noticing()
    const sendTransaction = () => new Promise<never>(() => {})
    const wallet = { ...(await remoteWallet()), sendTransaction } as PaymentWallet
    const signal = AbortSignal.timeout(300)
    await expect(act({ wallet, signal })).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})

describe('the same, twice at once', () => {
  test('in one run is one', async () => {
    const [{ act, count }, { storage }] = [noticing(), createStorage()]
    const wallet = chain.walletAt(payer)
    const [one, two] = await mining(Promise.all([act({ storage, wallet }), act({ storage, wallet })]))
    expect(one?.hash).toBe(two?.hash)
    expect(await count()).toBe(1)
  })

  test('in one run, of which the first is called off before it has left, is the second', async () => {
    const [{ act, count }, { storage }] = [noticing(), createStorage()]
    const controller = new AbortController()
    const onProgress = ({ kind }: ChainProgress) => kind === 'simulated' && controller.abort(new Error('cut off'))
    const first = act({ storage, signal: controller.signal, onProgress })
    const second = mining(act({ storage }))
    await expect(first).rejects.toThrow('cut off')
    await second
    expect(await count()).toBe(1)
  })

  test.each(['mined at once', 'waiting'] as const)('in two runs, %s, takes effect once', async (how) => {
    const [{ count, recipient }, { saved }] = [noticing(), createStorage()]
    const others = [await anotherRun(), await anotherRun(), await anotherRun()]
    if (how === 'mined at once') await chain.testClient.setAutomine(true)
    const run = ({ notify }: (typeof others)[number]) =>
      notify({ ...common({ storage: createStorage(saved).storage }), notice: chain.notice, recipient })
    const ended = await mining(Promise.allSettled(others.map(run)))
    await chain.testClient.setAutomine(false)
    const hashes = ended.flatMap((it) => (it.status === 'fulfilled' ? [it.value.hash] : []))
    expect(new Set(hashes).size).toBe(1)
    for (const it of ended) if (it.status === 'rejected') expect(it.reason).toMatchObject({ code: 'payment.pending' })
    expect(await count()).toBe(1)
  })
})

describe('different acts of one account at once', () => {
  /** Two notices, a purchase and a payment, by one run or by several, and how many of each took effect. */
  async function spendFour(runs: readonly { buyStamps: typeof buyStamps; notify: typeof notify; pay: typeof pay }[]) {
    const seed = 100 + strangers
    const [one, two] = [noticing(), noticing()]
    const { tree } = await makePlaces([chain.walletAt(5).account.address], seed)
    const { timestamp } = await chain.publicClient.getBlock()
    const rate = { base: parseEther('1'), bond: 0n, tip: 0n }
    const terms = { root: tree.root, count: 1, rate, deliverBy: timestamp + 86_400n, payments: chain.payments }
    const of = (i: number) => runs[i % runs.length]!
    const told = (recipient: Hex) => ({ notice: chain.notice, recipient })
    const bought = { postage: chain.postage, class: 1, count: 5, commitment: BigInt(1000 + seed) }
    return (on: (i: number) => On) => [
      of(0).notify({ ...common(on(0)), ...told(one.recipient) }),
      of(1).buyStamps({ ...common(on(1)), ...bought }),
      of(2).pay({ ...common(on(2)), ...terms }),
      of(3).notify({ ...common(on(3)), ...told(two.recipient) }),
    ]
  }

  const heldNow = () => {
    const args = [chain.walletAt(payer).account.address] as const
    return chain.publicClient.readContract({
      address: chain.token,
      abi: postageTokenAbi,
      functionName: 'balanceOf',
      args,
    })
  }
  const price = () => chain.publicClient.readContract({ address: chain.notice, abi: noticeAbi, functionName: 'price' })

  test.each([
    ['by a key', 1, 'mined later', false],
    ['by a key', 1, 'mined at once', false],
    ['by a wallet that sends by itself', 1, 'mined later', true],
    ['by a key in runs that know nothing of each other', 4, 'mined later', false],
    ['by a key in runs that know nothing of each other', 4, 'mined at once', false],
  ] as const)(
    'all take effect, once each, %s (%i, %s)',
    async (_, count, how, isRemote) => {
      const runs = []
      for (let i = 0; i < count; i++) runs.push(await anotherRun())
      const acts = await spendFour(runs)
      const before = await heldNow()
      const wallet = isRemote ? await remoteWallet() : chain.walletAt(payer)
      if (how === 'mined at once') await chain.testClient.setAutomine(true)
      const storages = runs.map(() => createStorage().storage)
      const on = (i: number) => ({ wallet, storage: storages[i % count]! })
      const made = await mining(Promise.allSettled(acts(on))).finally(() => chain.testClient.setAutomine(false))
      expect(made.map((it) => (it.status === 'fulfilled' ? 'made' : it.reason))).toEqual(Array(4).fill('made'))
      expect(new Set(made.map((it) => (it.status === 'fulfilled' ? it.value.hash : ''))).size).toBe(4)
      expect(before - (await heldNow())).toBe(2n * (await price()) + parseEther('6'))
    },
    30_000,
  )
})

describe('a run that is overtaken while it waits', () => {
  test.each(['mined', 'waiting'] as const)('by one whose transaction is %s does not pay again', async (how) => {
    const args = [chain.notice, parseEther('100')] as const // out of an allowance: no permit stands in the way
    await chain
      .walletAt(payer)
      .writeContract({ address: chain.token, abi: postageTokenAbi, functionName: 'approve', args })
    await chain.testClient.mine({ blocks: 1 })
    const [{ recipient, count }, { saved }] = [noticing(), createStorage()]
    let [goOn, isTrying] = [() => {}, () => {}]
    const released = new Promise<void>((resolve) => (goOn = resolve))
    const trying = new Promise<void>((resolve) => (isTrying = resolve))
    const simulateContract = async (call: never) => {
      isTrying()
      await released
      return chain.publicClient.simulateContract(call)
    }
    const on = () => ({ ...common({ storage: createStorage(saved).storage }), notice: chain.notice, recipient })
    const other = await anotherRun()
    const slow = notify({ ...on(), public: { ...chain.publicClient, simulateContract } as never })
    await trying
    const fast = other.notify(on())
    if (how === 'mined') await mining(fast)
    else await expect.poll(() => chain.publicClient.getBlockTransactionCount({ blockTag: 'pending' })).toBe(1)
    goOn()
    if (how === 'mined') expect((await slow).hash).toBe((await fast).hash)
    else expect((await mining(slow)).hash).toBe((await fast).hash)
    await chain.testClient.mine({ blocks: 1 })
    expect(await count()).toBe(1)
  })
})

describe('what the chain has lost', () => {
  test('is sent again in its place, so that at most one of the two takes effect', async () => {
    const [{ act, count }, { storage }] = [noticing(), createStorage()]
    const before = await numberOf()
    const { wallet, raw } = recording()
    const hash = await cutOff(act, { storage, wallet })
    await chain.testClient.dropTransaction({ hash })
    await chain.testClient.mine({ blocks: 1 })
    await mining(act({ storage }))
    const [serializedTransaction = '0x'] = raw
    await expect(chain.publicClient.sendRawTransaction({ serializedTransaction })).rejects.toThrow()
    expect([await numberOf(), await count()]).toEqual([before + 1, 1])
  })

  /** Cuts a call off, takes the place of what it had sent, and calls again, before that or after. */
  async function replaced(how: 'cancelled' | 'sped up', when: 'while it is waited for' | 'meanwhile') {
    const [{ act, count }, { storage }] = [noticing(), createStorage()]
    const hash = await cutOff(act, { storage })
    const waiting = when === 'meanwhile' ? undefined : act({ storage })
    waiting?.catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await replace(hash, how)
    await chain.testClient.mine({ blocks: how === 'cancelled' ? 2 : 1 }) // of two, a look at each newest one misses the first
    return { act: () => act({ storage }), count, waiting }
  }
  const moments = ['while it is waited for', 'meanwhile'] as const

  test.each(moments)('because the wallet has sped it up %s is found', async (when) => {
    const { act, count, waiting } = await replaced('sped up', when)
    expect(await mining(waiting ?? act())).toMatchObject({ count: 1 })
    expect(await count()).toBe(1)
  })

  test.each(moments)(
    'because it was cancelled %s is given up: it is told, and begins anew',
    async (when) => {
      const { act, count, waiting } = await replaced('cancelled', when)
      if (waiting) await expect(mining(waiting)).rejects.toMatchObject({ code: 'payment.replaced' })
      expect(await count()).toBe(0)
      await mining(act())
      expect(await count()).toBe(1)
    },
    20_000,
  )
})

/** A wallet that keeps what it has sent. */
function recording() {
  const [own, raw]: [PaymentWallet, Hex[]] = [chain.walletAt(payer), []]
  const sendRawTransaction: PaymentWallet['sendRawTransaction'] = (sent) => {
    raw.push(sent.serializedTransaction)
    return own.sendRawTransaction(sent)
  }
  return { wallet: { ...own, sendRawTransaction }, raw }
}

/** Takes the place of a transaction that waits. */
async function replace(hash: Hash, how: 'cancelled' | 'sped up'): Promise<void> {
  const { nonce, to, input } = await chain.publicClient.getTransaction({ hash })
  const wallet = chain.walletAt(payer)
  const what = how === 'cancelled' ? { to: wallet.account.address } : { to, data: input }
  await wallet.sendTransaction({
    ...what,
    nonce,
    gas: 500_000n,
    maxFeePerGas: parseEther('1', 'gwei') * 500n,
    maxPriorityFeePerGas: parseEther('1', 'gwei') * 100n,
  })
}
