import { builtinModules } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../sdk/index.ts'
import { bundleForBrowsers, chromiumPath, startBrowser, startPages } from '../helpers/browser.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import type { App, PageConfig } from './page.ts'

declare const app: App

const root = join(import.meta.dirname, '../..')
const bundle = await bundleForBrowsers({
  absWorkingDir: root,
  entryPoints: { page: 'test/browser/page.ts', 'prove-worker': 'sdk/evidence/prove-worker.ts' },
})

describe('the bundle of a page and its worker', () => {
  test('asks for no other module, of Node or else', () => {
    expect(bundle.imports).toEqual([])
    expect([...bundle.files.keys()]).toEqual(expect.arrayContaining(['/page.js', '/prove-worker.js']))
  })

  test('names no module of Node in an import', () => {
    const text = [...bundle.files.values()].map((bytes) => Buffer.from(bytes).toString()).join('\n')
    const named = builtinModules.filter(
      (name) => text.includes(`from "${name}"`) || text.includes(`from "node:${name}"`),
    )
    expect(named).toEqual([])
  })

  test('holds no WebAssembly of keys, and no code that only Node can run', () => {
    expect(bundle.inputs.filter((path) => /tiny-secp256k1|\.node\.ts$/.test(path))).toEqual([])
  })
})

// Without a browser on the machine, the bundle is what can be held to something.
if (chromiumPath) describe.for([chromiumPath])('the client in %s', inBrowser)

function inBrowser(executablePath: string): void {
  let network: TestNetwork
  let pages: Awaited<ReturnType<typeof startPages>>
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let page: Page
  let bob: Client
  let config: PageConfig

  beforeAll(async () => {
    const html =
      '<!doctype html><meta charset="utf-8"><title>Page</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>'
    const shown = ['/index.html', '/strict.html'].map((path) => [path, html] as const)
    const files = new Map<string, Uint8Array | string>([...bundle.files, ...shown])
    ;[pages, browser, network] = await Promise.all([
      startPages(files, {
        keys: join(root, 'circuits/keys'),
        policies: { '/strict.html': "script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'" },
      }),
      startBrowser(executablePath),
      startTestNetwork(),
    ])
    bob = await network.client()
    await bob.policy.set('connection or stamp 1')
    const { key } = await network.purse()
    const { rpcUrl, node, prover, trust, deployment } = network
    const { token, postage } = deployment
    config = { key, rpcUrl, node: node.url, prover: prover.url, network: trust, token, postage }
    page = await browser.open(pages.url)
  })
  afterAll(async () => {
    await browser?.close()
    await pages?.close()
    await network?.close()
  })

  test('makes an account, of another origin than node, prover and chain', async () => {
    const { address } = network.connect(config.key).account
    expect(await page.evaluate((options) => app.create(options), config)).toEqual({ address, network: network.name })
    expect(await page.evaluate(() => app.identitySteps())).toEqual(['creating', 'created'])
    expect(await bob.canMessage(address)).toBe(true)
  })

  test('buys stamps with a wallet', async () => {
    expect(await page.evaluate(() => app.buy(4))).toEqual({ limit: 4n, balance: 4 })
  })

  test('ends a proof at once when aborted, and delivers nothing', async () => {
    const { outcome, steps } = await page.evaluate((peer) => app.sendAndAbort(peer, 'gm, bob'), bob.address)
    expect({ outcome, last: steps.at(-1) }).toEqual({ outcome: 'never mind', last: 'proving' })
    expect(await bob.conversations.list()).toEqual([])
  })

  test('proves in a worker, while the page stays alive, and sends with the same stamp', async () => {
    const { sent, ticks, steps, balance } = await page.evaluate((peer) => app.send(peer, 'gm, bob'), bob.address)
    expect(sent).toMatchObject({ ok: true, path: 'sealed', price: 10n ** 18n })
    expect(steps).toEqual(['loading-key', 'witness', 'proving', 'done'])
    expect(ticks).toBeGreaterThan(5)
    expect(balance).toBe(3)
  })

  test('hears the answer as it comes', async () => {
    await page.evaluate(() => app.listen())
    const [received] = await bob.conversations.list()
    expect((await received!.messages()).map(({ content }) => content)).toEqual(['gm, bob'])
    expect(await received!.send('gm, page')).toMatchObject({ ok: true, price: 0n })
    expect(await page.evaluate(() => app.heard())).toEqual({ sender: bob.address, content: 'gm, page' })
  })

  test('finds everything again in another tab', async () => {
    const tab = await browser.open(pages.url)
    const { address } = await tab.evaluate((options) => app.create(options), config)
    expect(await tab.evaluate(() => app.identitySteps())).toEqual(['restoring', 'restored'])
    expect(await tab.evaluate(() => app.read())).toEqual([
      {
        peer: bob.address,
        kind: 'letter',
        messages: [
          { sender: address, content: 'gm, bob' },
          { sender: bob.address, content: 'gm, page' },
        ],
      },
    ])
  })

  test('lives on a page without HTTPS, where browsers lend no cryptography', async () => {
    const carol = await network.client()
    await carol.policy.set('stamp 1')
    const tab = await browser.open(pages.plainUrl)
    expect(await tab.evaluate(() => crypto.subtle)).toBeUndefined()
    await tab.evaluate((options) => app.create(options), config)
    expect(await tab.evaluate((peer) => app.send(peer, 'gm, carol'), carol.address)).toMatchObject({
      sent: { ok: true },
    })
  })

  test('complains of nothing', () => {
    expect(browser.problems).toEqual([])
  })

  test('says so where the page forbids workers, and goes on with what needs none', async () => {
    const dan = await network.client()
    await dan.policy.set('stamp 1')
    const tab = await browser.open(`${pages.url}strict.html`)
    await tab.evaluate((options) => app.create(options), config)
    expect(await tab.evaluate((peer) => app.attempt(peer, 'gm, dan'), dan.address)).toBe('worker.unavailable')
    expect(await tab.evaluate((peer) => app.attempt(peer, 'still here'), bob.address)).toBe('delivered')
  })
}
