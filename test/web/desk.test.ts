import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../sdk/index.ts'
import { parseRule } from '../../sdk/policy/index.ts'
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
    network = await startLightNetwork({ unattendedRule: parseRule('work 4') }, { app: { folder, local } })
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

  let axe: string
  beforeAll(async () => {
    axe = await readFile(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8')
  })

  async function faultsIn(page: Page): Promise<readonly string[]> {
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

  describe('mail to an account without keys', () => {
    const key = generatePrivateKey()
    const { address } = privateKeyToAccount(key)
    let writer: Page
    let page: Page
    let asked: readonly Asked[]
    const card = () => page.getByRole('region', { name: 'from before you had keys' })
    const typed = () => asked.filter(({ method }) => method === 'eth_signTypedData_v4')

    const inBothThemes = async (one: Page) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await one.emulateMedia({ colorScheme, reducedMotion: 'reduce' }) // colours change at once
        expect(await faultsIn(one)).toEqual([])
      }
    }

    test('says that it has none, until when the letter waits, and who keeps its key', async () => {
      writer = await signIn('Ben')
      await press(writer, 'Write a letter')
      await writer.getByLabel('To the address').fill(address)
      await writer.getByLabel('Your letter').fill('To somebody without keys.')
      await press(writer, 'Send')
      const shown = writer.getByRole('region', { name: 'An account without keys' })
      await shown.waitFor()
      const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
      const until = new Date((Math.floor(Date.now() / 86_400_000) + 365) * 86_400_000)
      expect(await shown.textContent()).toContain(
        `published no keys. The letter waits for it until ${day.format(until)}`,
      )
      expect(await shown.textContent()).toContain('A page of yours must be open when the account comes.')
      await shown.getByText('Kept by your own account.').waitFor()
      await inBothThemes(writer)
    })

    test('asks anew where trustees are to keep it, and says what is wrong with them', async () => {
      const keeper = await network.client(8)
      await writer.getByLabel('By trustees').check()
      const takes = writer.getByRole('region', { name: 'What it takes' })
      await takes.waitFor({ state: 'detached' })
      await press(writer, 'Send')
      await writer.getByRole('alert').getByText('escrow.malformed').waitFor()
      await writer.getByLabel('Their addresses').fill(`${dora.address},\n${keeper.address}`)
      await press(writer, 'Send')
      await takes.waitFor()
      await writer.getByText('Kept by 2 trustees: any 2 of them open it, and could read it together.').waitFor()
      await inBothThemes(writer)
      await writer.getByLabel('How many are enough').fill('3')
      await takes.waitFor({ state: 'detached' })
      await press(writer, 'Send')
      await writer.getByRole('alert').getByText('escrow.malformed').waitFor()
      await writer.getByLabel('Their addresses').fill(`${dora.address} ${address}`)
      await writer.getByLabel('How many are enough').fill('')
      await press(writer, 'Send')
      await writer.getByRole('alert').getByText('trustee.unknown').waitFor()
    })

    test('forgets the trustees where the letter goes to somebody else, keeps the key itself then, and sends', async () => {
      const shown = writer.getByRole('region', { name: 'An account without keys' })
      await writer.getByLabel('To the address').fill(dora.address)
      await shown.waitFor({ state: 'detached' })
      await press(writer, 'Send')
      await writer.getByRole('region', { name: 'What it takes' }).waitFor()
      expect(await shown.count()).toBe(0)
      await writer.getByLabel('To the address').fill(address)
      await press(writer, 'Send')
      await writer.getByText('Kept by your own account.').waitFor()
      await writer.getByLabel('By trustees').check()
      await writer.getByLabel('By your own account').check()
      await press(writer, 'Send')
      await writer.getByText('Kept by your own account.').waitFor()
      await press(writer, 'Work for it, and send it')
      await writer.getByRole('log').getByText('To somebody without keys.').waitFor()
    })

    test('has its reader sign nothing before a button is pressed', async () => {
      page = await open('about:blank')
      asked = await putWallet(page, privateKeyToAccount(key), 'A wallet')
      await page.goto(app())
      await press(page, 'A wallet')
      await press(page, 'Sign in')
      await card().waitFor()
      expect(await card().textContent()).toContain('A letter from before you had keys')
      expect(await card().textContent()).toContain('It sends nothing, and costs nothing')
      await card().getByText('Its writer: not asked yet').waitFor()
      expect(typed()).toEqual([])
      await inBothThemes(page)
    })

    test('says who was asked', async () => {
      await writer.close()
      await press(page, 'Sign, and have them opened')
      await card().getByText('Its writer: asked, no answer yet').waitFor()
      expect(typed().map(({ text }) => text)).toEqual(['Release'])
      expect(await card().getByRole('button').count()).toBe(0)
      await inBothThemes(page)
    })

    test('has what was signed count when the page is loaded again', async () => {
      await page.reload()
      await press(page, 'A wallet')
      await press(page, 'Sign in')
      await card().getByText('Its writer: not asked yet').waitFor()
      await press(page, 'Sign, and have them opened')
      await card().getByText('Its writer: asked, no answer yet').waitFor()
      expect(typed()).toHaveLength(1)
    })

    test('opens the letter once its writer’s page is open again', async () => {
      writer = await signIn('Ben')
      const requests = page.getByRole('region', { name: 'Requests' })
      await requests.getByRole('button', { name: /To somebody without keys/ }).click({ timeout: 90_000 })
      await page.getByRole('log').getByText('To somebody without keys.').waitFor()
      expect(await card().count()).toBe(0)
      await page.close()
      await writer.close()
    })
  })

  describe.for(['light', 'dark'] as const)('in %s', (colorScheme) => {
    let page: Page
    const faultsOf = () => faultsIn(page)

    beforeAll(async () => {
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
      await page.getByLabel('To the address').waitFor() // the letter's part of the page is loaded now
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
