import type { Page } from 'playwright-core'
import { erc20Abi, type Hex, parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../sdk/index.ts'
import { buildApp, keptBy } from '../helpers/app.ts'
import { faultsOf } from '../helpers/axe.ts'
import { chromiumPath, startBrowser } from '../helpers/browser.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import { putPayingWallet, type WalletPerson } from '../helpers/paying-wallet.ts'

// Without a browser on the machine, nothing can be said of a page.
if (chromiumPath) describe.for([chromiumPath])('money in %s', inBrowser)

const token = parseEther('1')

function inBrowser(executablePath: string): void {
  let folder: string
  let network: TestNetwork
  let browser: Awaited<ReturnType<typeof startBrowser>>
  /** Sally pays, Rita reads; both come with a wallet of their own. */
  const [sallyKey, ritaKey] = [generatePrivateKey(), generatePrivateKey()]
  const [sally, rita] = [privateKeyToAccount(sallyKey), privateKeyToAccount(ritaKey)]

  beforeAll(async () => {
    folder = await buildApp()
    const local = () => ({ accounts: [], chain: { rpcUrl: network.rpcUrl, notice: network.deployment.notice } })
    ;[network, browser] = await Promise.all([
      startTestNetwork({ app: { folder, local } }),
      startBrowser(executablePath),
    ])
    await network.fund(sallyKey, 200n * token)
    await network.fund(ritaKey, 0n)
    const reader = await network.client({ key: ritaKey })
    await reader.policy.set('postage 1 and bond 2 and tip 0.5')
    const payer = await network.client({ key: sallyKey, chain: network.chainOptions(sallyKey) })
    for (const text of ['A proposal.', 'An advertisement.', 'A question.']) await payFor(payer, text)
    await payer.notices.send(sally.address)
  })

  afterAll(async () => {
    await browser?.close()
    await network?.close()
  })

  async function payFor(payer: Client, text: string): Promise<void> {
    const conversation = await payer.conversations.new(rita.address, { context: { conversationId: text } })
    const sent = await conversation.send(text, { payment: true })
    if (!sent.ok) throw new Error(sent.message)
  }

  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true }).click()

  async function open(key: Hex, { stays = false } = {}): Promise<{ page: Page; person: WalletPerson }> {
    const page = await browser.open('about:blank')
    const person = await putPayingWallet(page, privateKeyToAccount(key), network.rpcUrl)
    page.setDefaultTimeout(15_000)
    await page.goto(`${network.node.url}/app/`)
    await press(page, 'A wallet')
    if (stays) await page.getByLabel('Stay signed in on this device').check()
    await press(page, 'Sign in')
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    return { page, person }
  }

  const balanceOf = (address: Hex): Promise<bigint> =>
    network.connect(sallyKey).publicClient.readContract({
      address: network.deployment.token,
      abi: erc20Abi,
      functionName: 'balanceOf',
      args: [address],
    })

  const sends = ({ asked }: WalletPerson) => asked.filter((method) => method === 'eth_sendTransaction').length
  const part = (page: Page, name: string) => page.getByRole('region', { name })

  describe('who reads', () => {
    let page: Page
    let person: WalletPerson

    beforeAll(async () => {
      ;({ page, person } = await open(ritaKey, { stays: true }))
    })

    test('sees beside the letter what was paid, and what each verdict moves before it is pressed', async () => {
      await page.getByRole('button', { name: /A proposal\./ }).click()
      const paid = part(page, 'What was paid for it')
      await paid.getByText('Its sender says that it has paid').waitFor()
      expect(await paid.getByRole('button').allInnerTexts()).toEqual([
        'Call it fine: you get 0.5 tokens and the bond of 2 tokens goes back',
        'Call it spam: you get 0.5 tokens and the bond of 2 tokens is burned',
      ])
      expect(await faultsOf(page)).toEqual([])
      expect(person.asked).toEqual(['eth_requestAccounts', 'personal_sign']) // and nothing of the chain
    })

    test('calls it fine once, though the wallet declines first and the page is loaded again', async () => {
      person.declines.add('eth_sendTransaction')
      await press(page, /^Call it fine/)
      await part(page, 'What was paid for it').getByRole('alert').getByText('The wallet refused to sign.').waitFor()
      expect(await balanceOf(rita.address)).toBe(0n)
      person.declines.clear()
      const before = sends(person)
      await press(page, /^Call it fine/)
      await expect.poll(() => balanceOf(rita.address)).toBe(token / 2n)
      await page.reload()
      await page.getByRole('button', { name: /A proposal\./ }).click()
      await press(page, /^Call it fine/)
      const paid = part(page, 'What was paid for it')
      await paid.getByText('You called it fine: you got 0.5 tokens and the bond went back.').waitFor()
      await paid.getByText('Of one letter of this sender with a verdict, none was called spam.').waitFor()
      await expect.poll(() => paid.getByRole('button').count()).toBe(0)
      expect(sends(person)).toBe(before + 1)
    })

    test('calls others spam and fine from the list of all that were paid for, in one go', async () => {
      await press(page, 'Money')
      const received = part(page, 'Paid to write to you')
      await received.getByText('Your verdict counts until').first().waitFor()
      expect(await received.getByRole('listitem').count()).toBe(3)
      expect(await received.getByRole('button', { name: /^Give/ }).count()).toBe(0)
      expect(await faultsOf(page)).toEqual([])
      await received.getByRole('radio', { name: 'Spam' }).first().check()
      await press(page, 'Give this verdict: you get 0.5 tokens and 2 tokens of bonds are burned')
      await received.getByText('One verdict is on the chain.').waitFor()
      await received.getByText('You called it spam: you got 0.5 tokens and the bond was burned.').waitFor()
      expect(await balanceOf(rita.address)).toBe(token)
      await press(page, 'Sign out')
      await expect.poll(() => keptBy(page)).not.toContain('own / values / session')
      await page.close()
    })
  })

  test('who has paid sees what came of it, and has the bond of the fine letter again, and no other', async () => {
    const { page, person } = await open(sallyKey)
    const before = await balanceOf(sally.address)
    await press(page, 'Money')
    await part(page, 'Stamps').getByText('You have 0 stamps').waitFor()
    expect(person.asked).not.toContain('eth_chainId')
    await press(page, 'Look on the chain')
    const paid = part(page, 'What you have paid')
    await paid.getByText('Called fine: the bond is yours again; 2 tokens wait for you.').waitFor()
    await paid.getByText('Called spam: the bond was burned.').waitFor()
    await paid.getByText(/Open until .*: without a verdict by then, 2\.5 tokens come back\./).waitFor()
    await press(page, 'Fetch 2 tokens')
    await paid.getByText('2 tokens came back.').waitFor()
    await paid.getByText('Called fine: the bond came back.').waitFor()
    expect(await balanceOf(sally.address)).toBe(before + 2n * token)
    expect(await paid.getByRole('button', { name: /^Fetch/ }).count()).toBe(0)
    await page.close()
  })

  describe('who has tokens', () => {
    let page: Page
    let person: WalletPerson

    beforeAll(async () => {
      ;({ page, person } = await open(sallyKey))
      await press(page, 'Money')
    })

    test('buys stamps, and no more than the button names', async () => {
      const stamps = part(page, 'Stamps')
      await stamps.getByText('You have 0 stamps').waitFor()
      await stamps.getByLabel('How many more').selectOption('4')
      const before = await balanceOf(sally.address)
      await press(page, 'Buy 4 stamps for 4 tokens')
      await stamps.getByText('4 stamps are bought.').waitFor()
      await stamps.getByText('You have 4 stamps').waitFor()
      expect(await balanceOf(sally.address)).toBe(before - 4n * token)
    })

    test('says which device this is before anything is staked, and stays where the page was', async () => {
      const stakes = part(page, 'Stakes')
      await stakes.getByText(/^A deposit of 100 tokens gives 3 tickets every day/).waitFor()
      expect(await stakes.getByRole('button', { name: /^Deposit/ }).count()).toBe(0)
      const before = person.asked.filter((method) => method === 'personal_sign').length
      await press(page, 'Remember that')
      await page.getByRole('button', { name: 'Deposit 100 tokens' }).waitFor()
      expect(person.asked.filter((method) => method === 'personal_sign').length).toBe(before)
    })

    test('deposits, sees the tickets that are left, and begins to take it back', async () => {
      const stakes = part(page, 'Stakes')
      const before = await balanceOf(sally.address)
      await press(page, 'Deposit 100 tokens')
      await stakes.getByText(/^3 tickets are left until/).waitFor()
      expect(await balanceOf(sally.address)).toBe(before - 100n * token)
      await press(page, 'Begin to take back 100 tokens')
      await stakes.getByText(/^100 tokens can be withdrawn from .* on\.$/).waitFor()
      expect(await stakes.getByRole('button', { name: 'Withdraw 100 tokens' }).isDisabled()).toBe(true)
      expect(await faultsOf(page)).toEqual([])
    })

    test('hears that somebody has told it on the chain that mail waits', async () => {
      await press(page, 'Who may write')
      await part(page, 'Notices on the chain').getByText('You were told so once.').waitFor()
      await page.close()
    })
  })

  test('complains of nothing', () => {
    expect(browser.problems).toEqual([])
  })
}
