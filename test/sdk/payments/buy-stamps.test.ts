import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPublicClient, createWalletClient, custom, http, parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deployPennypost } from '../../../scripts/deploy-local.ts'
import { classIdOf, FIELD_ORDER, fromHex } from '../../../sdk/crypto/index.ts'
import { postageAbi, postageTokenAbi } from '../../../sdk/generated/abis.ts'
import type { PurchaseProgress } from '../../../sdk/payments/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { type SignatureForm, signatureForms, writeAs } from '../../helpers/signatures.ts'

describe('buying stamps', () => {
  let chain: TestChain

  beforeAll(async () => {
    chain = await startTestChain()
  })

  afterAll(() => chain?.close())

  const balanceOf = (index: number) =>
    chain.publicClient.readContract({
      address: chain.token,
      abi: postageTokenAbi,
      functionName: 'balanceOf',
      args: [chain.walletAt(index).account.address],
    })

  /** Buys and tells what happened. */
  async function follow(buy: (onProgress: (event: PurchaseProgress) => void) => Promise<unknown>) {
    const steps: string[] = []
    await buy((event) => steps.push(event.kind === 'authorizing' ? `by ${event.by}` : event.kind))
    return steps
  }

  test('burns the price and answers where the note is', async () => {
    const before = await balanceOf(1)
    const purchase = await chain.buy(1n, { count: 20, maxPrice: parseEther('20') })
    const { timestamp } = await chain.publicClient.getBlock({ blockNumber: purchase.block })
    expect(purchase).toMatchObject({
      leafIndex: 0,
      operation: 0n,
      limit: 20n,
      expiry: timestamp + 31_536_000n,
      cost: parseEther('20'),
      classId: classIdOf({ kind: 'stamp', chainId: 31_337n, contract: fromHex(chain.postage), number: 1n }),
    })
    expect(before - (await balanceOf(1))).toBe(parseEther('20'))
    expect(await chain.buy(2n)).toMatchObject({ leafIndex: 1, operation: 1n })
  })

  test('takes one transaction by permit, or by an allowance that is there', async () => {
    const wallet = chain.walletAt(2)
    const sent = () => chain.publicClient.getTransactionCount(wallet.account)
    expect(await follow((onProgress) => chain.buy(3n, { wallet, onProgress }))).toEqual([
      'quoted',
      'by permit',
      'simulated',
      'sent',
      'mined',
    ])
    expect(await sent()).toBe(1)
    const args = [chain.postage, parseEther('50')] as const
    await wallet.writeContract({ address: chain.token, abi: postageTokenAbi, functionName: 'approve', args })
    const steps = await follow((onProgress) => chain.buy(4n, { wallet, onProgress }))
    expect(steps).toEqual(['quoted', 'by allowance', 'simulated', 'sent', 'mined'])
    expect(await sent()).toBe(3)
  })

  test.each(Object.keys(signatureForms) as SignatureForm[])(
    'takes a permit of a wallet that writes %s',
    async (form) => {
      const signer = chain.walletAt(2)
      const none = {
        address: chain.token,
        abi: postageTokenAbi,
        functionName: 'approve',
        args: [chain.postage, 0n],
      } as const
      await signer.writeContract(none)
      const wallet = {
        ...signer,
        signTypedData: async (typed: never) => writeAs(form, await signer.signTypedData(typed)),
      }
      const steps = await follow((onProgress) =>
        chain.buy(100n + BigInt(Object.keys(signatureForms).indexOf(form)), { wallet: wallet as never, onProgress }),
      )
      expect(steps).toEqual(['quoted', 'by permit', 'simulated', 'sent', 'mined'])
    },
  )

  test('approves where the token knows no permits', async () => {
    const { abi, bytecode } = JSON.parse(
      await readFile('artifacts/contracts/mocks/SilentToken.sol/SilentToken.json', 'utf8'),
    )
    const owner = chain.walletAt(0)
    const args = [chain.walletAt(1).account.address, parseEther('100'), 18]
    const receipt = await chain.publicClient.waitForTransactionReceipt({
      hash: await owner.deployContract({ abi, bytecode, args }),
    })
    const token = receipt.contractAddress ?? expect.fail('The token is not there.')
    const folder = await mkdtemp(join(tmpdir(), 'pennypost-silent-'))
    const { postage } = await deployPennypost({
      rpcUrl: chain.rpcUrl,
      privateKey: chain.privateKey,
      folder,
      parameters: { token, disposal: 1 },
    })
    const steps = await follow((onProgress) => chain.buy(5n, { postage, token, onProgress }))
    expect(steps).toEqual(['quoted', 'by approval', 'allowing', 'simulated', 'sent', 'mined'])
    await rm(folder, { recursive: true })
  })

  test.each<[string, Partial<Parameters<TestChain['buy']>[1]>, object]>([
    [
      'costs more than wanted',
      { count: 2, maxPrice: 1n },
      { code: 'postage.price-too-high', values: [2n * 10n ** 18n, 1n] },
    ],
    ['is of a class that is not there', { class: 9 }, { code: 'postage.class-unknown', values: [9n] }],
    ['is of no stamps', { count: 0 }, { code: 'postage.count-out-of-range', values: [0n] }],
    ['is of too many', { count: 257 }, { code: 'postage.count-out-of-range', values: [257n] }],
    [
      'has a commitment that is no field element',
      { commitment: FIELD_ORDER },
      { code: 'note-tree.commitment-out-of-range' },
    ],
  ])('refuses a purchase that %s, before anything is sent', async (_, options, error) => {
    const wallet = chain.walletAt(1)
    const before = await chain.publicClient.getTransactionCount(wallet.account)
    await expect(chain.buy(6n, options)).rejects.toMatchObject(error)
    expect(await chain.publicClient.getTransactionCount(wallet.account)).toBe(before)
  })

  test('says that the buyer has too little', async () => {
    await expect(chain.buy(7n, { wallet: chain.walletAt(5) })).rejects.toMatchObject({ code: 'token.balance-too-low' })
  })

  test('says that there is no ether for gas', async () => {
    const wallet = chain.walletAt(2)
    const balance = await chain.publicClient.getBalance(wallet.account)
    await chain.testClient.setBalance({ address: wallet.account.address, value: 1n })
    await expect(chain.buy(5n, { wallet })).rejects.toMatchObject({ code: 'wallet.gas-too-low' })
    await chain.testClient.setBalance({ address: wallet.account.address, value: balance })
  })

  test('says that the sale is paused, or the class closed', async () => {
    const sale = { address: chain.postage, abi: postageAbi } as const
    const snapshot = await chain.testClient.snapshot()
    const owner = await chain.ownerOf(chain.postage)
    await owner.writeContract({ ...sale, functionName: 'pause' })
    await expect(chain.buy(8n)).rejects.toMatchObject({ code: 'postage.paused' })
    await owner.writeContract({ ...sale, functionName: 'unpause' })
    await owner.writeContract({ ...sale, functionName: 'closeClass', args: [1n] })
    await expect(chain.buy(8n)).rejects.toMatchObject({ code: 'postage.class-closed', values: [1n] })
    await chain.testClient.revert({ id: snapshot })
  })

  test('says that the chain is down, and that the wallet refused', async () => {
    const down = createPublicClient({ transport: http('http://127.0.0.1:1', { retryCount: 0 }) })
    await expect(chain.buy(9n, { public: down })).rejects.toMatchObject({ code: 'chain.unavailable' })

    const request = async ({ method }: { method: string }) => {
      if (method === 'eth_chainId') return '0x7a69'
      throw Object.assign(new Error('User rejected the request.'), { code: 4001 })
    }
    const { account, chain: on } = chain.walletAt(1)
    const wallet = createWalletClient({
      account: account.address,
      chain: on,
      transport: custom({ request }, { retryCount: 0 }),
    })
    await expect(chain.buy(9n, { wallet: wallet as never })).rejects.toMatchObject({ code: 'wallet.rejected' })
  })

  test('ends when told to, at any step', async () => {
    const reason = new Error('enough')
    await expect(chain.buy(10n, { signal: AbortSignal.abort(reason) })).rejects.toThrow('enough')
    for (const kind of ['quoted', 'authorizing', 'simulated', 'sent']) {
      const controller = new AbortController()
      const onProgress = (event: PurchaseProgress) => event.kind === kind && controller.abort(reason)
      await expect(chain.buy(11n, { signal: controller.signal, onProgress })).rejects.toThrow('enough')
    }
  })

  test('two that buy with one commitment both get a note', async () => {
    const [first, second] = [await chain.buy(12n), await chain.buy(12n, { wallet: chain.walletAt(2) })]
    expect(second.leafIndex).toBe(first.leafIndex + 1)
  })
})
