import type { Page } from 'playwright-core'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalAccounts } from '../../scripts/start/local-accounts.ts'
import type { Client } from '../../sdk/index.ts'
import { type Asked, buildApp, putWallet, startDoor } from '../helpers/app.ts'
import { chromiumPath, startBrowser } from '../helpers/browser.ts'
import { textsOf, write } from '../helpers/light-network.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'

// Without a browser on the machine, nothing can be said of a page.
if (chromiumPath) describe.for([chromiumPath])('the app in %s', inBrowser)

/** What others have written, which would do harm if it were anything but text. */
const hostileName = '<img src=x onerror=alert(1)>'
const hostile = `<script>location='//evil.test'</script><style>*{display:none}</style>\u202Egnp.exe ${'wide'.repeat(500)}`
const huge = 'wide'.repeat(5_000)

function inBrowser(executablePath: string): void {
  let folder: string
  let network: TestNetwork
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let door: Awaited<ReturnType<typeof startDoor>>
  let asked: readonly Asked[]
  /** Ann and Cleo look at the page, Ann with a wallet; Ben and Dora use the client without one. */
  let [ann, cleo] = [] as unknown as [Page, Page]
  let [ben, dora] = [] as unknown as [Client, Client]
  /** Kilobytes of gzipped modules that Ann's page has fetched. */
  const fetched = new Map<string, number>()
  let [annAddress, cleoAddress, annKey] = [] as unknown as [`0x${string}`, `0x${string}`, `0x${string}`]

  beforeAll(async () => {
    folder = await buildApp()
    const accounts = createLocalAccounts()
    const local = () => ({ accounts: accounts.offered(), chain: { rpcUrl: network.rpcUrl } })
    const app = { folder, local }
    ;[network, browser] = await Promise.all([startTestNetwork({ app }), startBrowser(executablePath)])
    await accounts.prepare(network)
    const [annAccount, benAccount, cleoAccount] = accounts.offered()
    ;[annAddress, cleoAddress, annKey] = [annAccount!.address, cleoAccount!.address, annAccount!.key]
    ;[ben, dora] = [await network.client({ key: benAccount!.key }), await network.client()]
    ann = await browser.open('about:blank')
    asked = await putWallet(ann, privateKeyToAccount(annAccount!.key), hostileName)
    ann.on('response', async (response) => {
      const isModule = /\.js$/.test(response.url())
      if (isModule) fetched.set(response.url(), Number(response.headers()['content-length']) / 1_000)
    })
    await ann.goto(`${network.node.url}/app/`)
    door = await startDoor(network.node.url)
    cleo = await browser.open(`${door.url}/app`)
  })

  afterAll(async () => {
    await browser?.close()
    await door?.shut()
    await network?.close()
  })

  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true }).click()
  const loaded = () => [...fetched.values()].reduce((sum, size) => sum + size, 0)

  async function beginLetter(page: Page, to: string, text: string): Promise<void> {
    await press(page, 'Write a letter')
    await page.getByLabel('To the address').fill(to)
    await page.getByLabel('Your letter').fill(text)
    await press(page, 'Send')
  }

  test('explains what a wallet will sign, and asks it for nothing else', async () => {
    await press(ann, hostileName)
    await ann.getByText('Whoever has these signatures can read your mail.').waitFor()
    expect(asked).toEqual([])
    expect(loaded()).toBeLessThan(20)
    await ann.getByLabel('Stay signed in on this device').check() // her stamps are to be ready
    await press(ann, 'Sign in')
    await ann.getByText('Nobody has written yet.').waitFor()
    expect(asked.map(({ method }) => method)).toEqual(['eth_requestAccounts', 'personal_sign'])
    expect(asked[1]?.text).toContain('XMTP : Enable Identity')
  })

  test('signs in with an account that everybody may use', async () => {
    await press(cleo, /^Cleo/)
    await press(cleo, 'Sign in')
    await cleo.getByText('Nobody has written yet.').waitFor()
    expect(await cleo.locator('.who .account').getAttribute('title')).toBe(cleoAddress)
    await press(cleo, 'Write a letter')
    await press(cleo, /^Ann .*Has 8 stamps/)
    expect(await cleo.getByLabel('To the address').inputValue()).toBe(annAddress)
  })

  test('says why a letter is not delivered, and what would help', async () => {
    await dora.policy.set('connection or nobody')
    await beginLetter(cleo, dora.address, 'I have nothing to show.')
    const refusal = cleo.getByRole('alert', { name: 'Not delivered' })
    await refusal.waitFor()
    expect(await refusal.textContent()).toContain('policy.refused')
    expect(await refusal.getByRole('listitem').allInnerTexts()).toEqual([
      'the recipient has connected with you connection',
    ])
    expect(await textsOf(dora)).toEqual([])
    expect(await cleo.getByLabel('Your letter').inputValue()).toBe('I have nothing to show.')
  })

  test('says what is no address, and asks nobody about it', async () => {
    await cleo.getByLabel('To the address').fill(`${ben.address.slice(0, -1)}`)
    await cleo.getByText('This is no address yet').waitFor()
    expect(await cleo.getByLabel('Your letter').count()).toBe(0)
  })

  test('has loaded little before anything is proved', () => {
    expect([...fetched.keys()].filter((url) => /prove-worker|browser\.esm|payments/.test(url))).toEqual([])
    expect(loaded()).toBeLessThan(150)
  })

  test('shows the price before, the proof while it is made, and then the letter as delivered', async () => {
    await beginLetter(ann, ben.address, 'Dear Ben, we have not met.')
    const quote = ann.getByRole('region', { name: 'What it takes' })
    await quote.waitFor()
    expect(await quote.textContent()).toContain('1 token, as 1 of your 8 stamps')
    expect(await quote.textContent()).toContain('does not learn who writes')
    expect(await textsOf(ben)).toEqual([])
    await press(ann, 'Use one of your stamps, and send it')
    await ann.getByRole('progressbar', { name: 'Sending' }).waitFor()
    await ann.getByRole('log').getByText('Dear Ben, we have not met.').waitFor()
    expect(await textsOf(ben)).toEqual(['Dear Ben, we have not met.'])
  })

  test('hears the answer as it comes, and shows what is unread', async () => {
    await ann.goBack()
    await expect.poll(() => ann.getByLabel('To the address').inputValue()).toBe('')
    await write(ben, { address: annAddress }, 'Ask away.')
    const conversations = ann.getByRole('region', { name: 'Conversations' })
    await conversations.getByText('new', { exact: true }).waitFor()
    await expect.poll(() => ann.title()).toBe('(1) Pennypost')
    await conversations.getByRole('button', { name: /Ask away/ }).click()
    await ann.getByRole('log').getByText('Ask away.').waitFor()
    await conversations.getByText('new', { exact: true }).waitFor({ state: 'detached' })
    await expect.poll(() => ann.title()).toBe('Pennypost')
  })

  test('answers in a conversation without asking', async () => {
    await ann.getByLabel('Your answer').fill('Do you read me?')
    await press(ann, 'Send')
    await ann.getByRole('log').getByText('Do you read me?').waitFor()
    await expect.poll(() => textsOf(ben)).toContain('Do you read me?')
  })

  test('shows a part of what is huge, and all of it where that is wanted', async () => {
    await write(ben, { address: annAddress }, huge)
    const shown = ann.getByRole('log').locator('.foreign').last()
    await expect.poll(() => shown.textContent()).toBe(`${huge.slice(0, 4_000)}…`)
    await press(ann, /^Show all/)
    expect(await shown.textContent()).toBe(huge)
    expect(await ann.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  })

  test('keeps strangers apart, and shows what they wrote as text', async () => {
    await write(dora, { address: cleoAddress }, hostile)
    const requests = cleo.getByRole('region', { name: 'Requests' })
    await requests.getByRole('button').click()
    const shown = cleo.getByRole('log').locator('.foreign')
    await shown.waitFor()
    expect(await shown.textContent()).toBe(hostile)
    expect(new URL(cleo.url()).pathname).toBe('/app/')
    expect(await cleo.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    expect(await cleo.getByRole('region', { name: 'A request' }).textContent()).toContain(
      'not written to this account before',
    )
  })

  test('goes by keyboard alone, from the list to the answer', async () => {
    await press(cleo, 'Who may write')
    await cleo.getByRole('region', { name: 'Requests' }).getByRole('button').focus()
    await cleo.keyboard.press('Enter')
    const field = cleo.getByLabel('Your answer')
    await field.waitFor()
    await expect.poll(() => cleo.evaluate(() => document.activeElement?.tagName)).toBe('H1') // once it is painted
    for (let i = 0; i < 8 && !(await field.evaluate((one) => one === document.activeElement)); i++) {
      await cleo.keyboard.press('Tab')
    }
    await cleo.keyboard.type('Nice try.')
    await cleo.keyboard.press('Control+Enter')
    await cleo.getByRole('region', { name: 'Conversations' }).getByText('You: Nice try.').waitFor()
    expect(await cleo.getByRole('region', { name: 'Requests' }).count()).toBe(0)
    await expect.poll(() => textsOf(dora)).toContain('Nice try.')
  })

  test('blocks, and shows no more', async () => {
    const emil = await network.client()
    await write(emil, { address: cleoAddress }, 'Buy this.')
    await cleo.getByRole('region', { name: 'Requests' }).getByRole('button').click()
    await press(cleo, 'Block')
    await cleo.getByText('This conversation is not here any more.').waitFor()
    expect(await cleo.getByText('Buy this.').count()).toBe(0)
  })

  test('says at which word a rule is wrong, and publishes one that is right', async () => {
    await press(cleo, 'Who may write')
    const text = cleo.getByLabel('Strangers may write who meet this rule')
    await text.fill('connection or stamps 2')
    expect(await cleo.locator('mark').textContent()).toBe('stamps')
    expect(await cleo.getByRole('alert').textContent()).toContain('(at character 15)')
    expect(await cleo.getByRole('button', { name: 'Publish it' }).isDisabled()).toBe(true)
    await text.fill('connection or stamp 2')
    await cleo.getByText('you may write if the recipient has connected with you, or you use 2 stamps').waitFor()
    await cleo.getByText('The price of the stamps').waitFor()
    await press(cleo, 'Publish it')
    await cleo.getByText('In force, as version').waitFor()
    expect((await ben.policy.get(cleoAddress)).text).toBe('connection or stamp 2')
  })

  test('complains of nothing, least of all of what its policy forbids', () => {
    expect(browser.problems).toEqual([])
  })

  test('runs nothing that is written into the page', async () => {
    const isRun = await cleo.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'globalThis.isRun = true'
      document.body.append(script)
      return 'isRun' in globalThis
    })
    expect(isRun).toBe(false)
  })

  test('forgets the keys when the person signs out', async () => {
    await press(ann, 'Sign out')
    await ann.getByRole('button', { name: hostileName }).waitFor()
    expect(await ann.getByText('Ask away.').count()).toBe(0)
  })

  test('takes no stamp along where a window is opened, looked at and gone with all that it has kept', async () => {
    const left = async () => (await (await network.client({ key: annKey })).stamps.balance()).stamps
    await expect.poll(left, { timeout: 20_000 }).toBe(7) // she has signed out, and written one letter
    for (let window = 0; window < 3; window++) {
      const other = await startBrowser(executablePath)
      const page = await other.open('about:blank')
      await putWallet(page, privateKeyToAccount(annKey), hostileName)
      await page.goto(`${network.node.url}/app/`)
      await press(page, hostileName)
      await press(page, 'Sign in')
      await press(page, 'Money')
      await page.getByText('You have 7 stamps').waitFor()
      await page.waitForTimeout(1_500) // for what the client does by itself after logging in
      await other.close()
    }
    expect(await left()).toBe(7)
  })

  test('says that the node is gone, and goes on when it is back', async () => {
    await door.shut()
    await cleo.getByText('The node does not answer.').waitFor()
    expect(await cleo.getByText('You: Nice try.').count()).toBe(1)
    await door.open()
    await cleo.getByText('The node does not answer.').waitFor({ state: 'detached' })
    await write(dora, { address: cleoAddress }, 'Are you back?')
    await cleo.getByRole('region', { name: 'Conversations' }).getByText('Are you back?').waitFor()
  })
}
