import type { Hex } from 'viem'
import { beforeEach, describe, expect, test } from 'vitest'
import { createFinder, isNameLike } from '../../web/names/create-finder.ts'
import { lookUpName } from '../../web/names/look-up-name.ts'
import { type ConnectedWallet, connectWallet } from '../../web/wallet/connect-wallet.ts'
import { answerEns } from '../helpers/ens.ts'

const own = `0x${'aa'.repeat(20)}` as const
const friend = '0x23581767a106ae21c074b2276D25e5C3e136a68b'

describe('a name', () => {
  let wallet: ConnectedWallet
  let chainId: string
  let asked: string[] = []
  const names: Record<string, Hex> = { 'friend.eth': friend.toLowerCase() as Hex, 'zero.eth': `0x${'0'.repeat(40)}` }

  beforeEach(async () => {
    chainId = '0x7a69'
    const answers: Record<string, (first: never) => unknown> = {
      eth_requestAccounts: () => [own],
      eth_chainId: () => chainId,
      eth_call: (call: { data: Hex }) => answerEns(call, (name) => names[name]),
      wallet_switchEthereumChain(chain: { chainId: string }) {
        chainId = chain.chainId
      },
    }
    wallet = await connectWallet({
      async request({ method, params = [] }) {
        asked.push(method)
        return answers[method]?.(params[0] as never)
      },
    })
    asked = []
  })

  test('is asked for on Ethereum, through the wallet alone', async () => {
    expect(await lookUpName('friend.eth', wallet)).toEqual({ name: 'friend.eth', address: friend, chainId: 1n })
    expect(chainId).toBe('0x1')
    expect(new Set(asked)).toEqual(new Set(['eth_chainId', 'wallet_switchEthereumChain', 'eth_call']))
  })

  test.each(['Friend.ETH', '\uff46riend.eth', 'fri\u00adend.eth'])(
    'written as %j is given back as it is',
    async (name) => {
      expect(await lookUpName(name, wallet)).toMatchObject({ name: 'friend.eth', address: friend })
    },
  )

  test.each([
    ['fr\u0456end.eth', 'policy.name-invalid'],
    ['friend..eth', 'policy.name-invalid'],
    ['a b.eth', 'policy.name-invalid'],
    ['nobody.eth', 'policy.name-unknown'],
    ['zero.eth', 'policy.name-unknown'],
  ])('%j is nobody (%s)', async (name, code) => {
    await expect(lookUpName(name, wallet)).rejects.toMatchObject({ code })
  })

  test('that is none is not asked for at all', async () => {
    await lookUpName('friend..eth', wallet).catch(() => undefined)
    expect(asked).toEqual([])
  })

  test('is not looked up where the person does not let the wallet change its chain', async () => {
    const declining = { ...wallet, openChain: () => Promise.reject(Object.assign(new Error('no'), { code: 4001 })) }
    await expect(lookUpName('friend.eth', declining)).rejects.toMatchObject({ code: 4001 })
  })

  test.each([
    ['friend.eth', true],
    ['friend', false],
    [friend, false],
    ['', false],
  ])('is what has a dot: %j', (text, isName) => {
    expect(isNameLike(text)).toBe(isName)
  })
})

describe('looking names up', () => {
  test('answers what was asked last, in whatever order answers come', async () => {
    const answers = new Map<string, (address: string) => void>()
    const finder = createFinder(
      (name) => new Promise((resolve) => answers.set(name, (address) => resolve({ name, address }))),
    )
    const both = [finder.find('a.eth'), finder.find('b.eth')]
    expect(finder.finding.value).toEqual({ kind: 'asking', asked: 'b.eth' })
    answers.get('b.eth')?.('0xb')
    await both[1]
    answers.get('a.eth')?.('0xa')
    await both[0]
    expect(finder.finding.value).toEqual({ kind: 'found', asked: 'b.eth', name: 'b.eth', address: '0xb' })
  })

  test('says what fails, and nothing of what is not asked any more', async () => {
    const finder = createFinder((name) => Promise.reject(new Error(name)))
    await finder.find('a.eth')
    expect(finder.finding.value).toMatchObject({ kind: 'failed', asked: 'a.eth', error: { message: 'a.eth' } })
    const asking = finder.find('b.eth')
    finder.forget()
    await asking
    expect(finder.finding.value).toEqual({ kind: 'none' })
  })
})
