import {
  HttpRequestError,
  MethodNotFoundRpcError,
  TransactionNotFoundError,
  UnsupportedProviderMethodError,
  WaitForTransactionReceiptTimeoutError,
} from 'viem'
import { describe, expect, test } from 'vitest'
import { noticeAbi } from '../../../sdk/generated/abis.ts'
import { callOf } from '../../../sdk/payments/call.ts'
import { decoding } from '../../../sdk/payments/decode-error.ts'
import { findSent } from '../../../sdk/payments/find-sent.ts'
import { send, type Turn } from '../../../sdk/payments/send.ts'
import { memoryOf, type Sent } from '../../../sdk/payments/sent-memory.ts'
import { waitFor } from '../../../sdk/payments/wait-for.ts'
import type { ActOptions } from '../../../sdk/payments/wallet.ts'

// `payment.pending` is said exactly where something may have left.

const address = `0x${'1'.repeat(40)}` as const
const hash = `0x${'a'.repeat(64)}` as const
const intent = callOf({ address: `0x${'2'.repeat(40)}`, abi: noticeAbi, functionName: 'notify', args: [address] })
const lost = async () => {
  throw new HttpRequestError({ url: 'http://chain' })
}
const answering = { getTransactionCount: async () => 3, getBlock: async () => ({ number: 7n, transactions: [] }) }
const optionsOf = (chain: object, wallet: object = {}) =>
  ({ public: chain, wallet: { account: { address, type: 'json-rpc' }, ...wallet } }) as unknown as ActOptions

/** What is said in the end. */
const saidBy = (act: () => Promise<unknown>) =>
  decoding(act).then(
    (answer) => ({ answer }),
    ({ code, values }) => ({ code, values }),
  )

describe('a chain that is lost', () => {
  test('while what was sent is waited for says that it is pending, and which it is', async () => {
    const waitForTransactionReceipt = async () => {
      throw new WaitForTransactionReceiptTimeoutError({ hash })
    }
    const said = saidBy(() => waitFor(optionsOf({ waitForTransactionReceipt }), { hash, look: lost }))
    expect(await said).toEqual({ code: 'payment.pending', values: [hash] })
  })

  test.each<[string, object]>([
    ['its transactions', { ...answering, getTransaction: lost }],
    ['the numbers of the account', { ...answering, getTransactionCount: lost }],
    ['its blocks', { ...answering, getTransactionCount: async () => 4, getBlock: lost }],
  ])('when an earlier call is gone on with, and %s are asked for, says that it is pending', async (_, chain) => {
    const sent = 'getTransaction' in chain ? { hash } : {}
    const said = saidBy(() => findSent(optionsOf(chain), intent, { nonce: 3, block: 7, ...sent }))
    expect(await said).toMatchObject({ code: 'payment.pending' })
  })

  test.each([
    ['pending while no block shows one of that number', 9n, undefined, 'payment.pending'],
    ['pending while they show the next number only', 9n, 4, 'payment.pending'],
    ['over once they show another of that number', 9n, 3, undefined],
    ['pending one block before so many have shown none', 5_006n, undefined, 'payment.pending'],
    ['over once so many have', 5_007n, undefined, undefined],
  ] as const)('what has left, and whose number is taken, is %s', async (_, last, nonce, code) => {
    const transactions = nonce
      ? [{ from: address, to: address, nonce, input: intent.data, value: 0n, hash: `${hash}b` }]
      : []
    const getTransaction = () => Promise.reject(new TransactionNotFoundError({ hash }))
    const getBlock = async ({ blockNumber = last }: { blockNumber?: bigint } = {}) => ({
      number: last,
      transactions: blockNumber === 8n ? transactions : [],
    })
    const chain = { ...answering, getTransactionCount: async () => 5, getTransaction, getBlock }
    const said = await saidBy(() => findSent(optionsOf(chain), intent, { nonce: 3, block: 7, hash }))
    expect(said).toMatchObject(code ? { code, values: [hash] } : { answer: undefined })
  })

  /** Sends by a key of which one step fails. */
  async function sending(failing: 'prepareTransactionRequest' | 'signTransaction' | 'sendRawTransaction') {
    const wallet = {
      account: { address, type: 'local' },
      prepareTransactionRequest: async () => ({ nonce: 3 }),
      signTransaction: async () => '0x02',
      sendRawTransaction: async () => hash,
      [failing]: lost,
    }
    const options = optionsOf(answering, wallet)
    const memory = memoryOf(options)
    const turn: Turn = { options, intent, memory, key: 'k', place: { nonce: 3, block: 7 }, isRetaken: false }
    const { code } = (await saidBy(() => send(turn, intent))) as { code: string }
    return { code, isRemembered: (await memory.read('k')) !== undefined }
  }

  test.each([
    ['chain.unavailable', 'prepareTransactionRequest'],
    ['chain.unavailable', 'signTransaction'],
    ['payment.pending', 'sendRawTransaction'],
  ] as const)('answers %s where %s has failed', async (code, failing) => {
    expect(await sending(failing)).toEqual({ code, isRemembered: code === 'payment.pending' })
  })
})

test.each([true, false])(
  'what was to leave again, from the same place (%s), is remembered exactly then',
  async (isRetaken) => {
    const wallet = { account: { address, type: 'local' }, prepareTransactionRequest: lost }
    const [options, place] = [optionsOf(answering, wallet), { nonce: 3, block: 7 }]
    const memory = memoryOf(options)
    await memory.keep('k', place)
    await saidBy(() => send({ options, intent, memory, key: 'k', place, isRetaken }, intent))
    expect((await memory.read('k')) !== undefined).toBe(isRetaken)
  },
)

describe('a batch of which the wallet knows no more', () => {
  const unknown = [new MethodNotFoundRpcError(new Error('no')), new UnsupportedProviderMethodError(new Error('no'))]
  const sent: Sent = { nonce: 3, block: 5, batch: '0xaa' }
  const input = intent.data
  const inside = `0x34fcd5be${'0'.repeat(62)}20${input.slice(2)}00`
  const of = (data: string, from: string = address) => ({ from, to: address, nonce: 3, input: data, hash })

  /** What is found of the batch in a chain with one transaction. */
  const found = (error: Error, { transaction, count = 4 }: { transaction?: object; count?: number }) => {
    const transactions = transaction ? [transaction] : []
    const chain = { getTransactionCount: async () => count, getBlock: async () => ({ number: 7n, transactions }) }
    const getCallsStatus = async () => Promise.reject(error)
    return saidBy(() => findSent(optionsOf(chain, { getCallsStatus }), intent, sent))
  }

  test.each(unknown)('is looked for in the blocks: $name', async (error) => {
    expect(await found(error, { transaction: of(inside) })).toEqual({ answer: hash })
    expect(await found(error, { transaction: of('0x1234') })).toEqual({ answer: undefined })
    expect(await found(error, { transaction: of(inside, hash.slice(0, 42)) })).toEqual({ answer: undefined })
    expect(await found(error, { count: 3 })).toEqual({ answer: undefined })
  })

  test('is pending where the wallet fails otherwise', async () => {
    const error = new HttpRequestError({ url: 'http://wallet' })
    expect(await found(error, { transaction: of(inside) })).toMatchObject({ code: 'payment.pending' })
  })
})
