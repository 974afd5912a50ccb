import {
  type Address,
  type Hex,
  HttpRequestError,
  hexToString,
  parseEther,
  parseTransaction,
  type RpcError,
  stringToHex,
  TransactionNotFoundError,
} from 'viem'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { noticeAbi } from '../../../sdk/generated/abis.ts'
import { mailLink, readMailLink } from '../../../sdk/index.ts'
import {
  type ActStorage,
  type ChainProgress,
  type PaymentWallet,
  quoteLink,
  type TransferLinkOptions,
  transferLink,
} from '../../../sdk/payments/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { type Act, cutOff } from '../../helpers/chain-acts.ts'

// Who tells an account of mail pays once and no more than was allowed, shows the chain nothing of itself but its account, and
// is not made to pay by the account that is told.

const page = 'https://pennypost.example/mail.html'
let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain()
})
afterAll(() => chain?.close())

let strangers = 0
/** An account that nobody has told anything. */
const stranger = (): Address => `0x${String(++strangers).padStart(40, '7')}`

const on = (recipient: Address, more: Partial<TransferLinkOptions> = {}): TransferLinkOptions => ({
  ...{ wallet: chain.walletAt(3), public: chain.publicClient, notice: chain.notice, recipient, page },
  ...more,
})

const transferring =
  (recipient: Address, value = 1n): Act =>
  (how) =>
    transferLink(on(recipient, { value, ...how }))

const numberOf = (at = 3) =>
  chain.publicClient.getTransactionCount({ address: chain.walletAt(at).account.address, blockTag: 'pending' })
const balanceOf = (address: Address) => chain.publicClient.getBalance({ address })

function createStorage(saved = new Map<string, Uint8Array>()): ActStorage {
  return { get: async (key) => saved.get(key), set: async (key, value) => saved.set(key, value) }
}

/** A wallet of which one step is another. */
const walletWith = (change: (own: PaymentWallet) => Partial<PaymentWallet>, at = 3): PaymentWallet => {
  const own = chain.walletAt(at)
  return { ...own, ...change(own) } as PaymentWallet
}

/** A wallet that keeps what it has sent. */
function recording(at: number) {
  const raw: Hex[] = []
  const wallet = walletWith(
    (own) => ({
      sendRawTransaction(sent) {
        raw.push(sent.serializedTransaction)
        return own.sendRawTransaction(sent)
      },
    }),
    at,
  )
  return { wallet, raw }
}

/** That a call is refused so, and that nothing has left. */
async function expectRefused(options: TransferLinkOptions, code: string): Promise<void> {
  const before = await numberOf()
  await expect(transferLink(options)).rejects.toMatchObject({ code })
  await expect(quoteLink(options)).rejects.toMatchObject({ code })
  expect(await numberOf()).toBe(before)
}

describe('a transfer that tells an account of mail', () => {
  test('brings one wei and the link, and says what it has cost', async () => {
    const recipient = stranger()
    const before = await balanceOf(chain.walletAt(3).account.address)
    const { link, cost, hash } = await transferLink(on(recipient))
    expect(before - (await balanceOf(chain.walletAt(3).account.address))).toBe(cost)
    expect(await balanceOf(recipient)).toBe(1n)
    const { input } = await chain.publicClient.getTransaction({ hash })
    expect(hexToString(input)).toBe(link)
    expect(readMailLink(link).account.toLowerCase()).toBe(recipient)
  })

  test('is the same from every sender, but for its number, its price and its signature', async () => {
    const recipient = stranger()
    const sent = []
    for (const at of [3, 4]) {
      const { wallet, raw } = recording(at)
      await chain.testClient.mine({ blocks: at })
      await transferLink(on(recipient, { wallet }))
      const { nonce, maxFeePerGas, maxPriorityFeePerGas, r, s, v, yParity, ...same } = parseTransaction(
        raw[0]!,
      ) as never as Record<string, unknown>
      expect(nonce).toBe((await numberOf(at)) - 1)
      sent.push(same)
    }
    expect(sent[0]).toEqual(sent[1])
    expect(Object.keys(sent[0]!).sort()).toEqual(['chainId', 'data', 'gas', 'to', 'type', 'value'])
  })

  test('brings what the caller says instead', async () => {
    const recipient = stranger()
    await transferLink(on(recipient, { value: 0n }))
    await transferLink(on(recipient, { value: 5n }))
    expect(await balanceOf(recipient)).toBe(5n)
  })

  test('takes less than 32,000 gas, however long its link is', async () => {
    const longest = `https://pennypost.example/${'a'.repeat(256 - 26 - 47)}`
    const { hash, link } = await transferLink(on(stranger(), { page: longest }))
    expect(link).toHaveLength(256)
    expect((await chain.publicClient.getTransactionReceipt({ hash })).gasUsed).toBeLessThan(32_000n)
  })

  test('does not begin with a page to which no link leads', async () => {
    const nobody = new Proxy({}, { get: () => expect.fail('The chain was asked.') })
    const options = on(stranger(), { public: nobody as never, page: 'http://pennypost.example/' })
    await expect(transferLink(options)).rejects.toMatchObject({ code: 'mail-link.malformed' })
  })

  test('can be ended after it was tried and before it leaves', async () => {
    const [controller, before] = [new AbortController(), await numberOf()]
    const steps: ChainProgress[] = []
    const onProgress = (step: ChainProgress) => {
      steps.push(step)
      if (step.kind === 'simulated') controller.abort(new Error('enough'))
    }
    await expect(transferLink(on(stranger(), { signal: controller.signal, onProgress }))).rejects.toThrow('enough')
    expect(steps).toEqual([{ kind: 'quoted', cost: expect.any(BigInt), in: 'wei' }, { kind: 'simulated' }])
    expect(await numberOf()).toBe(before)
  })
})

describe('an account that is told', () => {
  /** Runtime code at an address of its own. */
  async function contract(bytecode: Hex): Promise<Address> {
    const address = stranger()
    await chain.testClient.setCode({ address, bytecode })
    return address
  }

  /** Writes two slots: 44,200 gas. With what the balance of an account takes, 2,600, it can be brought near to 50,000. */
  const twoSlots = '0x60016000556001600155'

  test.each<[string, Hex]>([
    ['reverts', '0x60006000fd'],
    ['burns all gas', '0xfe'],
    ['writes as much as nobody would pay for', '0x600160005560016001556001600255'], // three slots, 66,000 gas
    ['takes a little more than 50,000 gas', `${twoSlots}60ff315060fe315060fd315060fc3150`],
  ])('as a contract that %s is sent nothing', async (_, bytecode) => {
    await expectRefused(on(await contract(bytecode)), 'transfer.refused')
  })

  test('as a contract that takes it is sent it, also where that takes a little gas', async () => {
    for (const bytecode of ['0x00', '0x6001600055', `${twoSlots}60ff3150`] as const) {
      const recipient = await contract(bytecode)
      await transferLink(on(recipient))
      expect(await balanceOf(recipient)).toBe(1n)
    }
  })

  test('is called a contract that refuses only where it is one, and the chain has said so', async () => {
    const precompile: Address = `0x${'8'.padStart(40, '0')}` // fails on such data, and has no code
    await expectRefused(on(precompile), 'payment.failed')
    const recipient = await contract('0x00')
    const wallet = walletWith((own) => ({
      request: (async (asked: { method: string; params?: readonly { to?: string }[] }) => {
        if (asked.method === 'eth_estimateGas' && asked.params?.[0]?.to === recipient)
          throw new HttpRequestError({ url: 'http://chain' })
        return own.request(asked as never)
      }) as never,
    }))
    await expectRefused(on(recipient, { wallet }), 'chain.unavailable')
  })

  test('that takes less gas while it is tried pays for no more than that', async () => {
    const recipient = await contract('0x00')
    const onProgress = ({ kind }: ChainProgress) => (kind === 'simulated' ? trap() : undefined)
    let trapped: Promise<void> = Promise.resolve()
    const trap = () => {
      trapped = chain.testClient.setCode({ address: recipient, bytecode: '0x5b600056' })
    }
    const wallet = walletWith((own) => ({
      async sendRawTransaction(sent) {
        await trapped
        return own.sendRawTransaction(sent)
      },
    }))
    const before = await balanceOf(wallet.account.address)
    const most = await quoteLink(on(recipient))
    await transferLink(on(recipient, { wallet, onProgress })).catch((error) => error)
    expect(before - (await balanceOf(wallet.account.address))).toBeLessThanOrEqual(most)
  })

  test('that wants no notices, or is nobody, is sent nothing', async () => {
    const { account } = chain.walletAt(9)
    await chain.walletAt(9).writeContract({ address: chain.notice, abi: noticeAbi, functionName: 'optOut' })
    await expectRefused(on(account.address), 'notice.refused')
    await expectRefused(on(`0x${'0'.repeat(40)}`), 'notice.recipient-wrong')
  })
})

describe('what it may cost', () => {
  type Offered = { gas: bigint; gasPrice?: bigint; maxFeePerGas: bigint; value: bigint }
  const sentBy = ([raw = '0x']: Hex[]) => parseTransaction(raw) as unknown as Offered

  test('is held also where the price of gas has risen since it was quoted', async () => {
    await chain.testClient.setNextBlockBaseFeePerGas({ baseFeePerGas: 2n * gwei })
    await chain.testClient.mine({ blocks: 1 })
    const recipient = stranger()
    const maxCost = await quoteLink(on(recipient))
    await chain.testClient.setNextBlockBaseFeePerGas({ baseFeePerGas: 4n * gwei })
    await chain.testClient.mine({ blocks: 1 })
    await expectRefused(on(recipient, { maxCost }), 'transfer.cost-too-high')
    await chain.testClient.setNextBlockBaseFeePerGas({ baseFeePerGas: 2n * gwei })
    await chain.testClient.mine({ blocks: 1 })
  })

  test('is refused below what the next block asks with its tip, to the wei', async () => {
    const recipient = stranger()
    const { account } = chain.walletAt(3)
    const [{ baseFeePerGas }, { maxPriorityFeePerGas }, gas] = await Promise.all([
      chain.publicClient.getBlock(),
      chain.publicClient.estimateFeesPerGas(),
      chain.publicClient.estimateGas({
        account,
        to: recipient,
        data: stringToHex(mailLink({ page, account: recipient })),
        value: 1n,
      }),
    ])
    const least = 1n + gas * ((baseFeePerGas ?? 0n) + maxPriorityFeePerGas)
    await expectRefused(on(recipient, { maxCost: least - 1n }), 'transfer.cost-too-high')
    const { wallet, raw } = recording(3)
    await transferLink(on(recipient, { wallet, maxCost: least }))
    expect(sentBy(raw)).toMatchObject({ gas, maxFeePerGas: (least - 1n) / gas, maxPriorityFeePerGas })
  })

  test('leaves out what was offered for blocks to come, where that would be too much', async () => {
    const { baseFeePerGas } = await chain.publicClient.getBlock()
    const recipient = stranger()
    const most = await quoteLink(on(recipient))
    const maxCost = most - most / 20n
    const { wallet, raw } = recording(3)
    const { cost } = await transferLink(on(recipient, { wallet, maxCost }))
    const { gas, maxFeePerGas, value } = sentBy(raw)
    expect(value + gas * maxFeePerGas).toBeLessThanOrEqual(maxCost)
    expect(maxFeePerGas).toBeGreaterThan(baseFeePerGas ?? 0n)
    expect(cost).toBeLessThanOrEqual(maxCost)
  })

  test('is the value, too', async () => {
    const maxCost = parseEther('0.5')
    await expectRefused(on(stranger(), { maxCost, value: parseEther('0.5') }), 'transfer.cost-too-high')
    const tooMuch = on(stranger(), { value: parseEther('1000000') })
    await expect(transferLink(tooMuch)).rejects.toMatchObject({ code: 'wallet.gas-too-low' })
  })

  test('is held on a chain of the old kind', async () => {
    const getBlock = async (...args: never[]) => ({
      ...(await chain.publicClient.getBlock(...args)),
      baseFeePerGas: null,
    })
    const old = { ...chain.publicClient, getBlock } as never
    const { wallet, raw } = recording(3)
    await expectRefused(on(stranger(), { public: old, maxCost: 21_000n }), 'transfer.cost-too-high')
    const [maxCost, asked] = [parseEther('0.01'), await chain.publicClient.getGasPrice()]
    await transferLink(on(stranger(), { wallet, public: old, maxCost }))
    const { gas, gasPrice = 0n, value } = sentBy(raw)
    expect(value + gas * gasPrice).toBeLessThanOrEqual(maxCost)
    expect(gasPrice).toBe(asked)
  })
})

describe('what was begun', () => {
  /** Another run of the program: it knows nothing of what this one is about to do. */
  async function anotherRun() {
    vi.resetModules()
    return import('../../../sdk/payments/index.ts')
  }

  test('by two runs at once takes effect once', async () => {
    const [recipient, saved] = [stranger(), new Map<string, Uint8Array>()]
    const runs = [await anotherRun(), await anotherRun()]
    const ended = await Promise.allSettled(
      runs.map((run) => run.transferLink(on(recipient, { storage: createStorage(saved) }))),
    )
    for (const it of ended) if (it.status === 'rejected') expect(it.reason).toMatchObject({ code: 'payment.pending' })
    expect(ended.some(({ status }) => status === 'fulfilled')).toBe(true)
    expect(await balanceOf(recipient)).toBe(1n)
  })

  test.each(['sendRawTransaction', 'sendTransaction'] as const)(
    'and had left when its run died in %s is found, and not sent again',
    async (name) => {
      const [recipient, saved, died] = [stranger(), new Map<string, Uint8Array>(), new AbortController()]
      const own =
        name === 'sendTransaction' ? await chain.walletOf(chain.walletAt(3).account.address) : chain.walletAt(3)
      let hasLeft = () => {}
      const left = new Promise<void>((resolve) => (hasLeft = resolve))
      const send = async (call: never) => {
        await own[name](call)
        hasLeft()
        return new Promise<never>(() => {})
      }
      const wallet = { ...own, [name]: send } as PaymentWallet
      const first = transferLink(on(recipient, { wallet, storage: createStorage(saved), signal: died.signal }))
      await left
      died.abort(new Error('killed'))
      await expect(first).rejects.toThrow('killed')
      const before = await numberOf()
      const second = await transferLink(on(recipient, { wallet: own, storage: createStorage(new Map(saved)) }))
      expect(second.cost).toBeGreaterThan(1n)
      expect([await balanceOf(recipient), await numberOf()]).toEqual([1n, before])
    },
  )

  test('by a wallet that answers when its client is long gone is asked of it for the same place', async () => {
    const [recipient, saved, died, before] = [stranger(), new Map(), new AbortController(), await numberOf()]
    const own = await chain.walletOf(chain.walletAt(3).account.address)
    const storage = createStorage(saved)
    const approve: (() => Promise<Hex>)[] = []
    const wallet = {
      ...own,
      sendTransaction(request: never) {
        approve.push(() => own.sendTransaction(request))
        died.abort(new Error('killed'))
        return new Promise<never>(() => {})
      },
    } as unknown as PaymentWallet
    const first = transferLink(on(recipient, { wallet, storage, signal: died.signal }))
    await expect(first).rejects.toThrow('killed')
    const again = {
      ...own,
      async sendTransaction(request: { nonce?: number }) {
        expect(request.nonce).toBe(before)
        await approve[0]?.()
        return own.sendTransaction(request as never)
      },
    } as unknown as PaymentWallet
    const run = await anotherRun()
    await run.transferLink(on(recipient, { wallet: again, storage: createStorage(new Map(saved)) }))
    expect([approve.length, await balanceOf(recipient), await numberOf()]).toEqual([1, 1n, before + 1])
  })

  test('and was mined though the chain says that it failed is found', async () => {
    const [recipient, before] = [stranger(), await numberOf()]
    const wallet = walletWith((own) => ({
      async sendRawTransaction(sent) {
        await own.sendRawTransaction(sent)
        throw Object.assign(new Error('execution failed'), { code: -32000 }) as RpcError
      },
    }))
    await transferLink(on(recipient, { wallet }))
    expect([await balanceOf(recipient), await numberOf()]).toEqual([1n, before + 1])
  })

  test('and is said to have had no effect is not sent again by the same call', async () => {
    const [recipient, before] = [stranger(), await numberOf()]
    const waitForTransactionReceipt = async (options: never) => ({
      ...(await chain.publicClient.waitForTransactionReceipt(options)),
      status: 'reverted',
    })
    const lying = { ...chain.publicClient, waitForTransactionReceipt } as never
    await expect(transferLink(on(recipient, { public: lying }))).rejects.toMatchObject({ code: 'payment.reverted' })
    expect(await numberOf()).toBe(before + 1)
  })

  /** An endpoint that takes what it is handed, says that its number was taken, and hides it, or shows another in its place. */
  function hiding(made: object[]) {
    const [own, hidden] = [chain.walletAt(3), new Set<Hex>()]
    const wallet = walletWith(() => ({
      async sendRawTransaction(sent) {
        hidden.add(await own.sendRawTransaction(sent))
        throw Object.assign(new Error('nonce too low'), { code: -32000 }) as RpcError
      },
    }))
    const lying = {
      ...chain.publicClient,
      async getBlock(asked: never) {
        const block = await chain.publicClient.getBlock(asked)
        const shown = (block.transactions as unknown as { hash: Hex }[]).flatMap((it) =>
          hidden.has(it.hash) ? made.map((other) => ({ ...it, ...other })) : [it],
        )
        return { ...block, transactions: shown }
      },
      getTransaction: ({ hash }: { hash: Hex }) => Promise.reject(new TransactionNotFoundError({ hash })),
    } as never
    return { wallet, lying }
  }

  test('and is hidden by an endpoint that says its number was taken is not sent again', async () => {
    const [recipient, before, { wallet, lying }] = [stranger(), await numberOf(), hiding([])]
    for (let call = 0; call < 2; call++) {
      const sending = transferLink(on(recipient, { wallet, public: lying }))
      await expect(sending).rejects.toMatchObject({ code: 'payment.pending' })
    }
    await transferLink(on(recipient, { wallet }))
    expect([await balanceOf(recipient), await numberOf()]).toEqual([1n, before + 1])
  })

  test('is sent four times at most by one call, though the endpoint makes up what took its place', async () => {
    const [recipient, { wallet, lying }] = [stranger(), hiding([{ input: '0x', hash: `0x${'f'.repeat(64)}` }])]
    const sending = transferLink(on(recipient, { wallet, public: lying }))
    await expect(sending).rejects.toThrow('nonce too low')
    expect(await balanceOf(recipient)).toBe(4n)
  })

  describe('and waits for its block', () => {
    beforeEach(() => chain.testClient.setAutomine(false))
    afterEach(() => chain.testClient.setAutomine(true))

    test.each([
      ['sped up by the wallet is found', undefined, 1n, 1n],
      ['replaced by other data is not taken for it', '0x1234', 1n, 2n],
      ['replaced by another value is not taken for it', undefined, 5n, 6n],
    ] as const)('%s', async (_, data, value, held) => {
      const [recipient, storage] = [stranger(), createStorage()]
      const hash = await cutOff(transferring(recipient), { storage })
      const { nonce, input } = await chain.publicClient.getTransaction({ hash })
      const fees = { gas: 100_000n, maxFeePerGas: 500n * gwei, maxPriorityFeePerGas: 100n * gwei }
      await chain.walletAt(3).sendTransaction({ to: recipient, value, data: data ?? input, nonce, ...fees })
      await chain.testClient.mine({ blocks: 1 })
      await chain.testClient.setAutomine(true)
      await transferLink(on(recipient, { storage }))
      expect(await balanceOf(recipient)).toBe(held)
    })

    test('is another than one of another value', async () => {
      const [recipient, storage] = [stranger(), createStorage()]
      const first = await cutOff(transferring(recipient), { storage })
      expect(await cutOff(transferring(recipient), { storage })).toBe(first)
      expect(await cutOff(transferring(recipient, 2n), { storage })).not.toBe(first)
      await chain.testClient.mine({ blocks: 1 })
      expect(await balanceOf(recipient)).toBe(3n)
    })
  })
})

const gwei = 10n ** 9n
