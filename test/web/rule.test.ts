import type { Page } from 'playwright-core'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../sdk/index.ts'
import type { Entry } from '../../web/inbox/inbox.ts'
import { onlyAllowed, talkedWith } from '../../web/rule/read-people.ts'
import { buildApp } from '../helpers/app.ts'
import { faultsOf } from '../helpers/axe.ts'
import { chromiumPath, startBrowser } from '../helpers/browser.ts'
import { type LightNetwork, startLightNetwork, textsOf, write } from '../helpers/light-network.ts'

test('whom one talks with is named once, and whom one only allows beside them', () => {
  const entry = (peerAddress: string, isRequest: boolean) =>
    ({ key: peerAddress, isRequest, conversation: { peerAddress } }) as Entry
  const talked = talkedWith([entry('0xa', false), entry('0xb', true), entry('0xa', false)])
  expect(talked.map(({ key }) => key)).toEqual(['0xa'])
  expect(talkedWith(undefined)).toEqual([])
  expect(onlyAllowed({ allowed: ['0xa', '0xc'], blocked: [], connected: [] }, talked)).toEqual(['0xc'])
})

// Without a browser on the machine, nothing can be said of a page.
if (chromiumPath) describe.for([chromiumPath])('the own rule in %s', inBrowser)

function inBrowser(executablePath: string): void {
  let folder: string
  let network: LightNetwork
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let page: Page
  let dora: Client
  const key = generatePrivateKey()
  const { address } = privateKeyToAccount(key)
  const stranger = `0x${'9'.repeat(40)}`

  beforeAll(async () => {
    folder = await buildApp()
    const accounts = [{ name: 'Ann', about: 'For trying.', key, address }]
    network = await startLightNetwork({}, { app: { folder, local: () => ({ accounts, chain: { rpcUrl: '' } }) } })
    browser = await startBrowser(executablePath)
    dora = await network.client(7)
    const ann = await network.client(privateKeyToAccount(key))
    await write(dora, ann, 'Good day.')
    await textsOf(ann)
    await ann.connections.grant(dora.address)
    for (const one of [dora.address, stranger]) await ann.allow(one)
    const crowd = Array.from({ length: 20 }, (_, i) => `0x${(i + 16).toString(16).repeat(20)}`)
    for (const one of crowd) await ann.block(one)
    page = await browser.open(`${network.url}/app/`)
    page.setDefaultTimeout(10_000)
    await press(/^Ann/)
    await press('Sign in')
    await press('Who may write')
  })

  afterAll(async () => {
    await browser?.close()
    await network?.close()
  })

  const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).click()
  const text = () => page.getByLabel('Strangers may write who meet this rule')
  const part = (name: string) => page.getByRole('region', { name, exact: true })

  test('is changed by choosing and as text, and is one rule', async () => {
    await text().fill('stamp 1')
    await press('Or… (stamp 1)')
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('SELECT')
    await page.getByLabel('What is asked').selectOption('Computing time')
    await page.getByText('A stranger reads: you spend computing time (20 bits of work).').waitFor()
    await press('Ask either')
    expect(await text().inputValue()).toBe('stamp 1 or work 20')
    await press('And… (work 20)')
    await page.getByLabel('What is asked').selectOption('A tip for me')
    expect(await page.getByRole('button', { name: 'Ask both' }).isDisabled()).toBe(true)
    await page.getByLabel('Amount').fill('0.5')
    await page.keyboard.press('Enter')
    expect(await text().inputValue()).toBe('stamp 1 or (work 20 and tip 0.5)')
    await page.getByLabel('Asked is').first().selectOption('all of these together')
    expect(await text().inputValue()).toBe('stamp 1 and work 20 and tip 0.5')
    await page.getByLabel('Asked is').selectOption('a number of these')
    await press('Remove (stamp 1)')
    expect(await text().inputValue()).toBe('2 of (work 20, tip 0.5)')
    await press('Change… (tip 0.5)')
    expect(await page.getByLabel('Amount').inputValue()).toBe('0.5')
    await page.getByLabel('Amount').fill('2')
    await press('Change it')
    await page.getByText('2 tokens, computing time').waitFor()
    await press('Publish it')
    await page.getByText('In force, as version').waitFor()
    expect((await dora.policy.get(address)).text).toBe('2 of (work 20, tip 2)')
  })

  test('begins anew where nothing is asked, and is not published so', async () => {
    await press('Remove (tip 2)')
    await press('Remove (work 20)')
    await page.getByText('Nothing is asked yet.').waitFor()
    expect(await page.getByRole('button', { name: 'Publish it' }).isDisabled()).toBe(true)
    await page.getByLabel('What is asked').selectOption('Everyone')
    await press('Ask this')
    expect(await text().inputValue()).toBe('everyone')
  })

  test('names who could write right now, and ends what lets one in', async () => {
    const free = part('Freely, until a day')
    await free.getByText(/^until /).waitFor()
    expect(await free.getByRole('listitem').locator('.account').getAttribute('title')).toBe(dora.address)
    const talked = part('In the conversations that you have').getByRole('listitem').locator('.account')
    expect(await talked.getAttribute('title')).toBe(dora.address)
    await press(`Take that back (${dora.address})`)
    await free.getByText('Nobody.').waitFor()
    await press(`Block (${stranger})`)
    await part('Blocked')
      .getByRole('button', { name: `Unblock ${stranger}` })
      .waitFor()
    expect(await part('Allowed: meeting the rule, and never as a request').count()).toBe(0)
    const again = await network.client(privateKeyToAccount(key))
    expect(await again.connections.list()).toEqual([])
    expect(await again.consents()).toMatchObject({ allowed: [dora.address] })
    expect((await again.consents()).denied).toContain(stranger)
  })

  test('asks the wallet for the chain only where that is pressed, and is clean', async () => {
    await press('Change… (everyone)')
    await page.getByLabel('What is asked').selectOption('Somebody has attested something of their account')
    expect(await faultsOf(page)).toEqual([])
    await press('Money')
    await press('Look on the chain')
    await part('The chain').getByRole('alert').getByText('chain.missing').waitFor()
    expect(await faultsOf(page)).toEqual([])
  })

  test('complains of nothing', () => {
    expect(browser.problems).toEqual([])
  })
}
