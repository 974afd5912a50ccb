import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Asked, buildApp, putWallet } from '../helpers/app.ts'
import { chromiumPath, startBrowser } from '../helpers/browser.ts'
import { type LightNetwork, startLightNetwork } from '../helpers/light-network.ts'
import { createStockApp } from '../helpers/stock.ts'

// Without a browser on the machine, nothing can be said of a page.
if (chromiumPath)
  describe.for([chromiumPath])('the page to provide on, and that of links to mail, for everybody, in %s', inBrowser)

const axePath = join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js')

function inBrowser(executablePath: string): void {
  let folder: string
  let network: LightNetwork
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let page: Page
  let axe: string
  /** What the wallet was asked for. */
  let asked: Asked[]
  const key = generatePrivateKey()
  /** By what their readers ask. */
  const links = new Map<string, string>()

  beforeAll(async () => {
    folder = await buildApp()
    axe = await readFile(axePath, 'utf8')
    network = await startLightNetwork({}, { app: { folder, local: () => ({ accounts: [], chain: { rpcUrl: '' } }) } })
    browser = await startBrowser(executablePath)
    const app = await createStockApp(key, { url: network.url })
    for (const [i, rule] of ['request', 'nobody'].entries()) {
      const reader = await network.client(i + 1)
      await reader.policy.set(rule)
      const error: unknown = await app.conversations.newConversation(reader.address).catch((error: unknown) => error)
      links.set(rule, /https?:\S+/.exec(String(error))?.[0] ?? expect.fail(`There is no link in: ${error}`))
    }
    page = await browser.open('about:blank')
    page.setDefaultTimeout(10_000)
    asked = await putWallet(page, privateKeyToAccount(key), 'A wallet')
  })

  afterAll(async () => {
    await browser?.close()
    await network?.close()
  })

  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()

  /** What is wrong with the page as it is, in both themes and on a narrow screen. */
  async function faults(): Promise<readonly string[]> {
    const found: string[] = []
    await page.evaluate(axe)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const { violations } = await page.evaluate(() =>
        (
          globalThis as unknown as {
            axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
          }
        ).axe.run(),
      )
      found.push(
        ...violations.map(({ id, nodes }) => `${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`),
      )
    }
    await page.setViewportSize({ width: 320, height: 640 })
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) found.push('wider than a phone')
    await page.setViewportSize({ width: 1280, height: 720 })
    return found
  }

  async function goTo(link: string): Promise<void> {
    await page.goto('about:blank')
    await page.goto(link)
  }

  async function signIn(): Promise<void> {
    await press('A wallet')
    await press('Sign in')
  }

  describe('of a link to mail', () => {
    const account = '0x937C0d4a6294cdfa575de17382c7076b579DC176'
    const mailPage = () => `${network.url}/app/mail.html`

    test('the page is clean, says for whom it is, and what no true page asks', async () => {
      await goTo(`${mailPage()}#for=${account}`)
      await page.getByRole('heading', { name: 'Mail may wait for you' }).waitFor()
      const text = await page.getByRole('main').textContent()
      expect(text).toContain(account)
      expect(text).toContain(`This one is at ${new URL(network.url).host}.`)
      expect(text).toContain('a transaction, an approval or a payment of any kind')
      expect(text).toContain('the recovery phrase, the private key or the password')
      expect(text).toContain('any signature but those above, nor one on this page')
      const signed = await page.getByRole('term').allTextContents()
      expect(signed).toEqual(['XMTP : Create Identity', 'XMTP : Enable Identity', 'Release'])
      expect(await faults()).toEqual([])
    })

    test('the page asks nobody for anything, keeps nothing, and leads to the inbox', async () => {
      const requests: string[] = []
      const note = (request: { method(): string; url(): string }) =>
        requests.push(`${request.method()} ${request.url()}`)
      page.on('request', note)
      await goTo(`${mailPage()}#for=${account}`)
      const inbox = page.getByRole('link', { name: 'Open the inbox' })
      await inbox.waitFor()
      await page.waitForLoadState('networkidle')
      page.off('request', note)
      const own =
        /^(mail\.html(#for=0x\w{40})?|stamp\.svg|assets\/(mail|mail-link|address|preact|parts|provide)-[\w-]+\.(js|css))$/
      const others = requests.filter((one) => !own.test(one.replace(`GET ${network.url}/app/`, '')))
      expect(others).toEqual([])
      expect(requests.length).toBeGreaterThan(3)
      const kept = await page.evaluate(async () => [
        ...[localStorage.length, sessionStorage.length, document.cookie],
        ...(await indexedDB.databases()),
      ])
      expect(kept).toEqual([0, 0, ''])
      expect(asked).toEqual([])
      await inbox.click()
      await page.getByRole('button', { name: 'A wallet' }).waitFor()
      expect(page.url()).toBe(`${network.url}/app/index.html`)
    })

    test('a page by another spelling of its own address is the same, and can be framed by nobody', async () => {
      const spelled = `${network.url}/app/%6dail.html`
      await goTo(`${spelled}#for=${account}`)
      await page.getByText(account).waitFor()
      for (const url of [mailPage(), spelled])
        expect((await fetch(url)).headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    })

    test.each([
      '',
      '#for=',
      `#for=${account}%0a`,
      `#for=${account}#for=${account}`,
      '#for=javascript:alert(1)',
      `#to=${account}`,
      `#for=${account.toLowerCase()}`,
      `#for=${account}&for=${account}`,
      `#for=${account}&from=Ann`,
      `?Ann#for=${account}`,
      '#for=<img src="x" onerror="alert(1)">Ann',
    ])('“%s” the page says that it says nothing, and shows nothing of it', async (rest) => {
      await goTo(`${mailPage()}${rest}`)
      await page.getByRole('alert').getByText('It is not a link to mail').waitFor()
      const shown = await page.evaluate(() => document.getElementById('app')?.innerHTML ?? '')
      expect(shown).not.toMatch(/Ann|0x|onerror/i)
      expect(await page.locator('img').count()).toBe(1)
    })

    test('a malformed one is clean', async () => {
      expect(await faults()).toEqual([])
    })

    test('the page begins anew with another one in the same tab', async () => {
      await goTo(`${mailPage()}#for=${account}`)
      await page.getByText(account).waitFor()
      await page.evaluate(() => location.assign('#for=0x12'))
      await page.getByRole('alert').waitFor()
      expect(await page.getByText(account).count()).toBe(0)
    })
  })

  test('a link that is malformed is clean', async () => {
    await goTo(`${network.url}/app/provide.html#to=0x12`)
    await page.getByRole('alert').getByText('Copy the whole link').waitFor()
    expect(await faults()).toEqual([])
  })

  test('choosing, working and what came of it are clean', async () => {
    await goTo(links.get('request') ?? '')
    await page.getByRole('button', { name: 'A wallet' }).waitFor()
    expect(await faults()).toEqual([])
    await signIn()
    await page.getByRole('heading', { name: 'What you can do' }).waitFor()
    expect(await faults()).toEqual([])
    let letIn: () => void = () => undefined
    const waiting = new Promise<void>((resolve) => {
      letIn = resolve
    })
    await page.route('**/lanes', async (route) => {
      await waiting
      await route.continue()
    })
    await press('Work for it, and deliver it')
    await page.getByRole('progressbar').waitFor()
    expect(await faults()).toEqual([])
    letIn()
    await page.getByRole('heading', { name: 'Delivered' }).waitFor()
    expect(await faults()).toEqual([])
  })

  test('a refusal is clean', async () => {
    await goTo(links.get('nobody') ?? '')
    await signIn()
    await page.getByRole('alert').waitFor()
    expect(await faults()).toEqual([])
  })
}
