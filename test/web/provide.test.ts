import type { Page } from 'playwright-core'
import { erc20Abi, parseEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../sdk/index.ts'
import { buildApp } from '../helpers/app.ts'
import { chromiumPath, startBrowser } from '../helpers/browser.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import { putPayingWallet, type WalletPerson } from '../helpers/paying-wallet.ts'
import { createStockApp } from '../helpers/stock.ts'

// Without a browser on the machine, nothing can be said of a page.
if (chromiumPath) describe.for([chromiumPath])('the page to provide on in %s', inBrowser)

const token = parseEther('1')

/** A stock app that was refused, its link, and a page with its wallet. */
type Refused = {
  readonly address: `0x${string}`
  readonly recipient: Client
  readonly link: string
  readonly page: Page
  readonly person: WalletPerson
  readonly hosts: Set<string>
  /** Kilobytes of gzipped modules that the page has fetched. */
  readonly loaded: () => number
}

function inBrowser(executablePath: string): void {
  let folder: string
  let network: TestNetwork
  let browser: Awaited<ReturnType<typeof startBrowser>>

  beforeAll(async () => {
    folder = await buildApp()
    const local = () => ({ accounts: [], chain: { rpcUrl: network.rpcUrl } })
    ;[network, browser] = await Promise.all([
      startTestNetwork({ app: { folder, local } }),
      startBrowser(executablePath),
    ])
  })

  afterAll(async () => {
    await browser?.close()
    await network?.close()
  })

  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true }).click()

  /** A page whose requests are noted by host. */
  async function blank() {
    const page = await browser.open('about:blank')
    const hosts = new Set<string>()
    const fetched = new Map<string, number>()
    page.on('request', (request) => hosts.add(new URL(request.url()).host))
    page.on('response', (response) => {
      if (response.url().endsWith('.js'))
        fetched.set(response.url(), Number(response.headers()['content-length']) / 1_000)
    })
    return { page, hosts, loaded: () => [...fetched.values()].reduce((sum, size) => sum + size, 0) }
  }

  async function refuse(rule: string, key = generatePrivateKey()): Promise<Refused> {
    const recipient = await network.client()
    await recipient.policy.set(rule)
    await network.fund(key, 10n * token)
    const app = await createStockApp(key, { url: network.node.url })
    const error: unknown = await app.conversations.newConversation(recipient.address).catch((error: unknown) => error)
    const link = /https?:\S+/.exec(String(error))?.[0] ?? expect.fail(`There is no link in: ${error}`)
    const { page, ...seen } = await blank()
    const account = privateKeyToAccount(key)
    const person = await putPayingWallet(page, account, network.rpcUrl)
    await page.goto(link)
    return { address: account.address, recipient, link, page, person, ...seen }
  }

  async function signIn(page: Page): Promise<void> {
    await press(page, 'A wallet')
    await press(page, 'Sign in')
  }

  function balanceOf(address: string): Promise<bigint> {
    const { publicClient } = network.connect(generatePrivateKey())
    const args = [address as `0x${string}`] as const
    return publicClient.readContract({
      address: network.deployment.token,
      abi: erc20Abi,
      functionName: 'balanceOf',
      args,
    })
  }

  const senders = async ({ recipient }: Refused) =>
    (await recipient.conversations.list()).map(({ peerAddress }) => peerAddress)

  test('sells one stamp, though it is loaded again while it buys and while it proves, and delivers', async () => {
    const refused = await refuse('stamp 1')
    const { page, person, address, recipient, link, loaded } = refused
    expect(link).toBe(`${network.node.url}/app/provide.html#to=${recipient.address}&from=${address}`)
    expect(await page.locator('code.whole').allInnerTexts()).toEqual([recipient.address, address])
    await page.getByRole('button', { name: 'A wallet' }).waitFor()
    expect(loaded()).toBeLessThan(28)
    await signIn(page)
    const way = page.getByRole('article', { name: 'you use one stamp' })
    await way.waitFor()
    expect(await page.getByRole('region', { name: 'What its reader asks' }).textContent()).toContain(
      'you use one stamp',
    )
    expect(await way.locator('dd').allInnerTexts()).toEqual([
      '1 token, and the chain’s fee, from your wallet',
      'about 55 s',
      expect.stringMatching(/^The node knows that you write to this account.* not for whom\.$/),
    ])
    expect(person.asked).toEqual(['eth_requestAccounts', 'personal_sign'])

    await press(page, 'Buy a stamp for 1 token, and deliver it')
    await expect.poll(() => balanceOf(address)).toBe(9n * token)
    await page.reload()
    await signIn(page)
    await page.getByText('Proving that you may write').waitFor()
    expect(await senders(refused)).toEqual([])
    await page.reload()
    await signIn(page)
    await page.getByRole('heading', { name: 'Delivered' }).waitFor()
    expect(await senders(refused)).toEqual([address])
    expect(await balanceOf(address)).toBe(9n * token)
    expect(person.asked.filter((method) => method === 'eth_sendTransaction')).toHaveLength(1)
    expect(person.asked.filter((method) => method === 'wallet_addEthereumChain')).toHaveLength(1)
  })

  test('pays with bond and tip, and no second time when it is loaded again', async () => {
    const refused = await refuse('postage 1 and bond 2 and tip 0.5')
    const { page, person, address, recipient } = refused
    await signIn(page)
    await press(page, 'Pay 1.5 tokens, leave a bond of 2 tokens, and deliver it')
    await expect.poll(() => balanceOf(address)).toBe(parseEther('6.5'))
    await page.reload()
    await signIn(page)
    await page.getByRole('heading', { name: 'Delivered' }).waitFor()
    const [invitation] = await recipient.conversations.list()
    expect(invitation?.payments).toMatchObject([{ base: token, bond: 2n * token, tip: token / 2n }])
    expect(await balanceOf(address)).toBe(parseEther('6.5'))
    expect(person.asked.filter((method) => method === 'eth_sendTransaction')).toHaveLength(1)
  })

  test('works for a request, and says later what came of it without doing it again', async () => {
    const refused = await refuse('request')
    const { page, person, address } = refused
    await signIn(page)
    await press(page, 'Work for it, and deliver it')
    await page.getByRole('heading', { name: 'Delivered' }).waitFor()
    expect(await senders(refused)).toEqual([address])
    await page.reload()
    await signIn(page)
    await page.getByRole('heading', { name: 'Delivered' }).waitFor()
    expect(await balanceOf(address)).toBe(10n * token)
    expect(person.asked).not.toContain('eth_sendTransaction')
  })

  test('has a fact attested, and says before it is shown what that tells whom', async () => {
    const { page, person } = await refuse('holds eip155:31337/slip44:60 >= 0.1 or stamp 60', network.faucetKey)
    await signIn(page)
    await press(page, 'Have it attested')
    const way = page.getByRole('article').filter({ has: page.getByRole('button', { name: 'Deliver it', exact: true }) })
    await way.waitFor()
    expect(await way.locator('dd').allInnerTexts()).toEqual([
      'nothing',
      expect.any(String),
      expect.stringMatching(/^The node learns that somebody has .*; not who\. The recipient learns/),
    ])
    expect(person.asked.filter((method) => /^eth_(sign|send)/.test(method))).toEqual(['eth_signTypedData_v4'])
  })

  test('pays nothing where the wallet declines, says so, and asks again only when it is pressed', async () => {
    const refused = await refuse('stamp 1')
    const { page, person, address } = refused
    person.declines.add('personal_sign')
    await signIn(page)
    await page.getByText('you declined').waitFor()
    person.declines.clear()
    await press(page, 'Sign in')
    for (const method of ['wallet_addEthereumChain', 'eth_signTypedData_v4', 'eth_sendTransaction']) {
      person.declines.add(method)
      await press(page, 'Buy a stamp for 1 token, and deliver it')
      await page
        .getByRole('alert')
        .getByText(/you declined|refused to sign/)
        .waitFor()
      await page.reload()
      await signIn(page)
      await page.getByRole('article', { name: 'you use one stamp' }).waitFor()
      expect(person.asked.at(-1)).toBe('personal_sign')
      person.declines.clear()
    }
    expect(await balanceOf(address)).toBe(10n * token)
    expect(await senders(refused)).toEqual([])
  })

  test('pays in a letter what its reader asks, once it is pressed, also for who has stayed signed in', async () => {
    const key = generatePrivateKey()
    const recipient = await network.client()
    await recipient.policy.set('postage 1 and bond 2 and tip 0.5 or stamp 5')
    await network.fund(key, 10n * token)
    const { page } = await blank()
    const account = privateKeyToAccount(key)
    const person = await putPayingWallet(page, account, network.rpcUrl)
    await page.goto(`${network.node.url}/app/`)
    await press(page, 'A wallet')
    await page.getByLabel('Stay signed in on this device').check()
    await press(page, 'Sign in')
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    await page.reload()
    await press(page, 'Write a letter')
    await page.getByLabel('To the address').fill(recipient.address)
    await page.getByLabel('Your letter').fill('Worth your while.')
    await press(page, 'Send')
    const ways = page.getByRole('region', { name: 'What it takes' })
    await ways.waitFor()
    expect(await ways.getByRole('button').allInnerTexts()).toEqual([
      'Buy 5 stamps for 5 tokens, and send it',
      'Pay 1.5 tokens, leave a bond of 2 tokens, and send it',
      'Go on writing',
    ])
    expect(person.asked).not.toContain('eth_sendTransaction')
    person.isLocked = true
    await press(page, 'Pay 1.5 tokens, leave a bond of 2 tokens, and send it')
    await page.getByText(`This takes the wallet of ${account.address}`).waitFor()
    expect(await balanceOf(account.address)).toBe(10n * token)
    person.isLocked = false
    await press(page, 'Send')
    await press(page, 'Pay 1.5 tokens, leave a bond of 2 tokens, and send it')
    await page.getByRole('log').getByText('Worth your while.').waitFor()
    expect(await balanceOf(account.address)).toBe(parseEther('6.5'))
    const [letter] = await recipient.conversations.list()
    expect(letter?.payments).toMatchObject([{ base: token, bond: 2n * token, tip: token / 2n }])
    await page.close()
  })

  test('has another account than the sender’s sign nothing', async () => {
    const { link } = await refuse('request')
    const { page } = await blank()
    const other = privateKeyToAccount(generatePrivateKey())
    const person = await putPayingWallet(page, other, network.rpcUrl)
    await page.goto(link)
    await signIn(page)
    await page.getByRole('alert').getByText('which is another account').waitFor()
    expect(person.asked).toEqual(['eth_requestAccounts'])
  })

  test.each([
    ['a script', `to=<script>document.title='run'</script>&from=0x${'1'.repeat(40)}`],
    ['an address that is none', `to=0x12&from=0x${'1'.repeat(40)}`],
    ['a wrong checksum', `to=0x${'aB'.repeat(20)}&from=0x${'1'.repeat(40)}`],
    ['nobody', ''],
    ['one account twice', `to=0x${'1'.repeat(40)}&from=0x${'1'.repeat(40)}`],
  ])('shows a link with %s as the text that it is, and asks nobody about it', async (_, hash) => {
    const { page, hosts } = await blank()
    await page.goto(`${network.node.url}/app/provide.html?node=https://evil.test&prover=https://evil.test#${hash}`)
    await page.getByRole('alert').getByText('Copy the whole link').waitFor()
    expect(await page.getByRole('button').count()).toBe(0)
    expect(await page.title()).toBe('Let your message in · Pennypost')
    expect([...hosts]).toEqual([new URL(network.node.url).host])
    await page.close()
  })

  test('asks no host but the network’s, and complains of nothing', async () => {
    const { page, hosts, link, person } = await refuse('request')
    person.asked.length = 0
    await page.goto('about:blank')
    await page.goto(link.replace('#', '?node=https%3A%2F%2Fevil.test#node=https%3A%2F%2Fevil.test&'))
    await signIn(page)
    await press(page, 'Work for it, and deliver it')
    await page.getByRole('heading', { name: 'Delivered' }).waitFor()
    const own = [network.node.url, network.prover.url, network.rpcUrl].map((url) => new URL(url).host)
    expect([...hosts].filter((host) => host !== '' && !own.includes(host))).toEqual([])
    // That a node says no, such as for a root that it has still to hear of, is no complaint of the page.
    expect(browser.problems.filter((text) => !text.includes('status of 403'))).toEqual([])
  })
}
