import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../sdk/index.ts'
import { type Asked, buildApp, keptBy, putWallet } from '../helpers/app.ts'
import { bundleForBrowsers, chromiumPath, startBrowser, startPages } from '../helpers/browser.ts'
import { type LightNetwork, startLightNetwork, textsOf, write } from '../helpers/light-network.ts'

// Without a browser on the machine, nothing can be said of a page.
if (chromiumPath) describe.for([chromiumPath])('the desk in %s', inBrowser)

const root = join(import.meta.dirname, '../..')

function inBrowser(executablePath: string): void {
  let folder: string
  let network: LightNetwork
  let browser: Awaited<ReturnType<typeof startBrowser>>
  const keys = ['Ann', 'Ben', 'Cleo'].map((name) => ({ name, key: generatePrivateKey() }))
  const accounts = keys.map(({ name, key }) => ({
    name,
    about: 'For trying.',
    key,
    address: privateKeyToAccount(key).address,
  }))
  const [ann, ben] = accounts as [(typeof accounts)[0], (typeof accounts)[0]]
  let dora: Client
  const app = () => `${network.url}/app/`

  beforeAll(async () => {
    folder = await buildApp()
    const local = () => ({ accounts, chain: { rpcUrl: '' } })
    network = await startLightNetwork({}, { app: { folder, local } })
    browser = await startBrowser(executablePath)
    dora = await network.client(7)
  })

  afterAll(async () => {
    await browser?.close()
    await network?.close()
  })

  const open = async (url: string): Promise<Page> => {
    const page = await browser.open(url)
    page.setDefaultTimeout(10_000)
    return page
  }

  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true }).click()

  async function signIn(name: string, { stays = false } = {}): Promise<Page> {
    const page = await open(app())
    await press(page, new RegExp(`^${name}`))
    if (stays) await page.getByLabel('Stay signed in on this device').check()
    await press(page, 'Sign in')
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    return page
  }

  const isHeld = async () => {
    await textsOf(dora)
    return dora.connections.isHeld(ann.address)
  }

  const signOut = async (page: Page) => {
    await press(page, 'Sign out')
    await page.getByRole('button', { name: /^Ann/ }).waitFor()
    await page.close()
  }

  describe('who stays signed in', () => {
    let page: Page
    let asked: readonly Asked[]

    test('is asked by the wallet once, and after a reload not again', async () => {
      page = await open('about:blank')
      asked = await putWallet(page, privateKeyToAccount(keys[2]!.key), 'A wallet')
      await page.goto(app())
      await press(page, 'A wallet')
      await page.getByLabel('Stay signed in on this device').check()
      await press(page, 'Sign in')
      await page.getByRole('button', { name: 'Sign out' }).waitFor()
      const before = asked.length
      expect(before).toBeGreaterThan(1)
      await page.reload()
      await page.getByRole('button', { name: 'Sign out' }).waitFor()
      expect(await page.locator('.who .account').getAttribute('title')).toBe(accounts[2]!.address)
      expect(asked.length).toBe(before)
    })

    test('leaves nothing on the device that opens anything, and a draft neither', async () => {
      await press(page, 'Write a letter')
      await page.getByLabel('To the address').fill(dora.address)
      await page.getByLabel('Your letter').fill('A secret that is not sent yet')
      await expect.poll(() => keptBy(page)).toContain('values / drafts')
      const kept = await keptBy(page)
      expect(kept).toContain('pennypost own / key / key: a key, extractable: false')
      expect(kept).toContain('pennypost own / values / session: ')
      expect(kept).not.toContain('secret that is not sent')
      const wallet = privateKeyToAccount(keys[2]!.key)
      for (const { text = '' } of asked.filter(({ method }) => method === 'personal_sign')) {
        expect(kept).not.toContain((await wallet.signMessage({ message: text })).slice(2, 40))
        expect(kept).not.toContain(text)
      }
    })

    test('finds what was being written', async () => {
      await page.reload()
      await press(page, 'Write a letter')
      await expect.poll(() => page.getByLabel('To the address').inputValue()).toBe(dora.address)
      expect(await page.getByLabel('Your letter').inputValue()).toBe('A secret that is not sent yet')
    })

    test('has left nothing once signed out', async () => {
      await press(page, 'Sign out')
      await page.getByRole('button', { name: 'A wallet' }).waitFor()
      await expect.poll(() => keptBy(page)).not.toContain('own / values')
      await page.reload()
      await page.getByRole('button', { name: 'A wallet' }).waitFor()
      await page.close()
    })

    test('who does not stay is asked again', async () => {
      const other = await signIn('Cleo')
      await other.reload()
      await other.getByRole('button', { name: /^Cleo/ }).waitFor()
      expect(await keptBy(other)).not.toContain('own / values / session')
      await other.close()
    })
  })

  test('four tabs of one account hear of a letter, and the node answers all of them', async () => {
    const tabs = [await signIn('Ann'), await signIn('Ann'), await signIn('Ann'), await signIn('Ann')]
    await write(dora, ann, 'To all four of you.')
    for (const tab of tabs) await tab.getByText('To all four of you.').waitFor()
    const [first, ...others] = tabs as [Page, ...Page[]]
    await first.evaluate(() => {
      BroadcastChannel.prototype.postMessage = () => {}
    })
    await write(dora, ann, 'To the three that are left.', 'another')
    await first.getByText('To the three that are left.').waitFor() // which it keeps to itself
    expect(await others[0]?.getByText('To the three that are left.').count()).toBe(0)
    await first.close()
    for (const tab of others) await tab.getByText('To the three that are left.').waitFor()
    for (const tab of others) await tab.close()
  })

  test('tabs of three accounts do not wait for each other', async () => {
    const tabs = [await signIn('Ann'), await signIn('Ben'), await signIn('Cleo')]
    const [, , cleo] = tabs as [Page, Page, Page]
    await press(cleo, 'Who may write')
    await cleo.getByText('A stranger reads:').waitFor()
    const held = await cleo.evaluate(async () => (await navigator.locks.query()).held?.map(({ name }) => name))
    expect(held?.filter((name) => name?.startsWith('pennypost slot'))).toHaveLength(2)
    for (const tab of tabs) await tab.close()
  })

  describe('an account that has mail', () => {
    let page: Page

    test('tells several conversations with one account apart', async () => {
      page = await signIn('Ann')
      const rows = page.getByRole('region', { name: 'Requests' }).getByRole('button')
      await expect.poll(() => rows.count()).toBe(2)
      expect(await rows.allInnerTexts()).toEqual([expect.stringContaining('since'), expect.stringContaining('since')])
      await rows.first().click()
      await page.getByText('One of several conversations with this account').waitFor()
    })

    test('lets an account write freely, and takes that back', async () => {
      await page.getByText('About this account').click()
      await page.getByText(dora.address, { exact: true }).waitFor()
      await press(page, 'Let it write freely')
      await page.getByText('It may write to you freely, for a year.').waitFor()
      await expect.poll(isHeld).toBe(true)
      await press(page, 'Take that back')
      await page.getByText('It meets your rule again.').waitFor()
    })

    test('blocks, says who is blocked, and takes it back', async () => {
      await press(page, 'Block')
      await page.getByText('This conversation is not here any more.').waitFor()
      await press(page, 'Who may write')
      await press(page, `Unblock ${dora.address}`)
      await page.getByText('Nobody. Block an account where it has written to you.').waitFor()
      await page.getByRole('region', { name: 'In the conversations that you have' }).getByText('Open').waitFor()
      await page.getByRole('region', { name: 'Conversations' }).getByRole('button').first().waitFor()
    })

    test('is answered where it answers', async () => {
      await page.getByRole('region', { name: 'Conversations' }).getByRole('button').first().click()
      await page.getByLabel('Your answer').fill('Which one is this?')
      await press(page, 'Send')
      await expect.poll(() => textsOf(dora)).toContain('Which one is this?')
    })
  })

  describe.for(['light', 'dark'] as const)('in %s', (colorScheme) => {
    let page: Page
    let axe: string

    async function faultsOf(): Promise<readonly string[]> {
      await page.evaluate(axe)
      const { violations } = await page.evaluate(() =>
        (
          globalThis as unknown as {
            axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
          }
        ).axe.run(),
      )
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
    }

    beforeAll(async () => {
      axe = await readFile(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8')
      page = await open('about:blank')
      await page.emulateMedia({ colorScheme })
      await page.goto(app())
    })

    test('the sign-in is clean', async () => {
      await page.getByRole('heading', { name: 'Or with your own wallet' }).waitFor()
      expect(await faultsOf()).toEqual([])
      await press(page, /^Ann/)
      await page.getByRole('heading', { name: 'Sign in as Ann' }).waitFor()
      expect(await faultsOf()).toEqual([])
    })

    test('the list and a conversation are clean', async () => {
      await press(page, 'Sign in')
      const rows = page.getByRole('region', { name: 'Conversations' }).getByRole('button')
      await rows.first().waitFor()
      expect(await faultsOf()).toEqual([])
      await rows.first().click()
      await page.getByRole('log').waitFor()
      await page.getByText('About this account').click()
      expect(await faultsOf()).toEqual([])
    })

    test('the letter is clean, with what it takes and with what is wrong', async () => {
      await press(page, 'Write a letter')
      expect(await faultsOf()).toEqual([])
      await page.getByLabel('To the address').fill('0x12')
      await page.getByText('This is no address yet').waitFor()
      expect(await faultsOf()).toEqual([])
      await page.getByLabel('To the address').fill(ben.address)
      await page.getByLabel('Your letter').fill('Hello')
      await press(page, 'Send')
      await page.getByRole('region', { name: 'What it takes' }).waitFor()
      expect(await faultsOf()).toEqual([])
      await press(page, 'Go on writing')
      await page.getByLabel('Your letter').fill('')
      await page.getByLabel('To the address').fill('')
    })

    test('the rule is clean, right and wrong', async () => {
      await press(page, 'Who may write')
      await page.getByText('A stranger reads:').waitFor()
      expect(await faultsOf()).toEqual([])
      await page.getByLabel('Strangers may write who meet this rule').fill('stamps 2')
      await page.locator('mark').waitFor()
      expect(await faultsOf()).toEqual([])
      await signOut(page)
    })
  })

  test('2,000 conversations are as few nodes as what is seen of them, wherever it is', async () => {
    const { files } = await bundleForBrowsers({
      entryPoints: [join(root, 'test/helpers/many-conversations.tsx')],
      jsx: 'automatic',
      jsxImportSource: 'preact',
      minify: true,
    })
    const styles = await Promise.all(
      ['base', 'parts', 'desk'].map((name) => readFile(join(root, `web/style/${name}.css`), 'utf8')),
    )
    const html = `<!doctype html><link rel="icon" href="data:,"><style>${styles.join('\n')}</style><div id="app"></div><script type="module" src="/many-conversations.js"></script>`
    const pages = await startPages(new Map<string, Uint8Array | string>([...files, ['/index.html', html]]), {
      keys: folder,
    })
    const page = await browser.open(pages.url)
    try {
      await page.getByText('Letter 0', { exact: true }).waitFor()
      const nodes = () => page.evaluate(() => document.querySelectorAll('*').length)
      expect(await nodes()).toBeLessThan(700)
      const list = page.getByRole('navigation', { name: 'Mail' })
      const height = await list.evaluate((one) => one.scrollHeight)
      for (const part of [0.1, 0.5, 1]) {
        await list.evaluate((one, at) => one.scrollTo(0, at), part * height)
        await expect.poll(() => shownIn(page)).toContain(`Letter ${Math.round(part * 1_990)}`)
        expect(await nodes()).toBeLessThan(700)
        expect(await list.evaluate((one) => one.scrollHeight)).toBe(height)
      }
      await page.getByRole('button').last().focus()
      expect(await page.getByRole('listitem').last().getAttribute('aria-posinset')).toBe('2000')
    } finally {
      await page.close()
      await pages.close()
    }
  })

  const shownIn = async (page: Page): Promise<string[]> => page.locator('.preview').allInnerTexts()

  test('complains of nothing', () => {
    expect(browser.problems).toEqual([])
  })
}
