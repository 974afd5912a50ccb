import type { Page } from 'playwright-core'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../sdk/index.ts'
import { buildApp, keptBy } from '../helpers/app.ts'
import { chromiumPath, startBrowser } from '../helpers/browser.ts'
import { type LightNetwork, startLightNetwork, write } from '../helpers/light-network.ts'

// Without a browser on the machine, nothing can be said of a page.
if (chromiumPath) describe.for([chromiumPath])('what is unread in %s', inBrowser)

function inBrowser(executablePath: string): void {
  let folder: string
  let network: LightNetwork
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let dora: Client
  const key = generatePrivateKey()
  const ann = { name: 'Ann', about: 'For trying.', key, address: privateKeyToAccount(key).address }

  beforeAll(async () => {
    folder = await buildApp()
    network = await startLightNetwork(
      {},
      { app: { folder, local: () => ({ accounts: [ann], chain: { rpcUrl: '' } }) } },
    )
    browser = await startBrowser(executablePath)
    dora = await network.client(7)
  })

  afterAll(async () => {
    await browser?.close()
    await network?.close()
  })

  async function open(): Promise<Page> {
    const page = await browser.open(`${network.url}/app/`)
    page.setDefaultTimeout(10_000)
    return page
  }

  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true }).click()
  const preview = (page: Page, text: string) => page.locator('.entry', { hasText: text })
  const titles = (...pages: readonly Page[]) => expect.poll(() => Promise.all(pages.map((page) => page.title())))

  test('is read in all tabs once it is in one, and still after a reload', async () => {
    const page = await open()
    await press(page, /^Ann/)
    await page.getByLabel('Stay signed in on this device').check()
    await press(page, 'Sign in')
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    const other = await open() // signed in by itself
    await write(dora, ann, 'the first')
    await titles(page, other).toEqual(['(1) Pennypost', '(1) Pennypost'])

    await preview(page, 'the first').click()
    await titles(page, other).toEqual(['Pennypost', 'Pennypost'])
    await expect.poll(() => keptBy(page)).toContain('values / seen')
    expect(await keptBy(page)).not.toContain(dora.address)
    await page.reload()
    await preview(page, 'the first').waitFor()
    await titles(page).toEqual(['Pennypost'])

    await other.close()
    await page.getByRole('button', { name: 'Write a letter' }).click()
    await write(dora, ann, 'the second', 'another conversation')
    await titles(page).toEqual(['(1) Pennypost'])
    await page.reload()
    await titles(page).toEqual(['(1) Pennypost'])
    await press(page, 'Sign out')
    await expect.poll(() => keptBy(page)).not.toContain('values / seen')
  })
}
