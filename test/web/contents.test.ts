import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  attachmentCodec,
  attachmentType,
  type Client,
  type Conversation,
  reactionCodec,
  reactionType,
  replyCodec,
  replyType,
  textType,
} from '../../sdk/index.ts'
import { buildApp, putProvider } from '../helpers/app.ts'
import { chromiumPath, startBrowser } from '../helpers/browser.ts'
import { answerEns } from '../helpers/ens.ts'
import { type LightNetwork, startLightNetwork, textsOf, write } from '../helpers/light-network.ts'
import { pollCodec, pollType } from '../helpers/poll-codec.ts'

// Without a browser on the machine, nothing can be said of a page.
if (chromiumPath) describe.for([chromiumPath])('contents in %s', inBrowser)

const root = join(import.meta.dirname, '../..')
const hostile = `<img src=x onerror="document.title='run'">\u202E`
const script = new TextEncoder().encode('<script>document.title = "run"</script>')
const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=\'run\'"/>')

function inBrowser(executablePath: string): void {
  let folder: string
  let network: LightNetwork
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let page: Page
  let dora: Client
  let theirs: Conversation
  const key = generatePrivateKey()
  const ann = { name: 'Ann', about: 'For trying.', key, address: privateKeyToAccount(key).address }

  beforeAll(async () => {
    folder = await buildApp()
    const local = () => ({ accounts: [ann], chain: { rpcUrl: '' } })
    network = await startLightNetwork({}, { app: { folder, local } })
    browser = await startBrowser(executablePath)
    dora = await network.client(7, { codecs: [replyCodec, reactionCodec, attachmentCodec, pollCodec] })
    page = await browser.open(`${network.url}/app/`)
    page.setDefaultTimeout(10_000)
    await press(/^Ann/)
    await press('Sign in')
    await page.getByText('Nobody has written yet.').waitFor()
  })

  afterAll(async () => {
    await browser?.close()
    await network?.close()
  })

  const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).click()
  const focused = () => page.evaluate(() => document.activeElement?.textContent)
  async function tabTo(text: string): Promise<void> {
    for (let i = 0; i < 6 && (await focused()) !== text; i++) await page.keyboard.press('Tab')
    expect(await focused()).toBe(text)
  }
  const log = () => page.getByRole('log')
  const bubble = (text: string) => log().getByRole('article').filter({ hasText: text })
  const say = async (content: unknown, contentType = textType) => {
    expect(await theirs.send(content, { contentType })).toMatchObject({ ok: true })
  }
  const heard = async () => (await theirs.messages()).map(({ content }) => content)

  test('what a stranger has shown is said, and its letter can be declined without a block', async () => {
    const emil = await network.client(9)
    await write(emil, ann, 'Buy this.')
    await page
      .getByRole('region', { name: 'Requests' })
      .getByRole('button', { name: /Buy this/ })
      .click()
    const request = page.getByRole('region', { name: 'A request' })
    await request.getByText('request, by the work of a computer. Your node says so.').waitFor()
    await press('Decline')
    await page.getByText('This conversation is not here any more.').waitFor()
    await press('Who may write')
    await page.getByText('Nobody. Block an account').waitFor()
    await write(emil, ann, 'Then this?', 'another')
    await page.getByRole('region', { name: 'Requests' }).getByText('Then this?').waitFor()
    expect(await page.getByText('Buy this.').count()).toBe(0)
  })

  test("a stranger's picture is drawn when asked for, from memory alone", async () => {
    const letter = await dora.conversations.new(ann.address)
    const picture = { filename: `${hostile}.png`, mimeType: 'image/png', data: pngOf(8) }
    const sent = await letter.send(picture, { contentType: attachmentType, maxEffort: 60 })
    expect(sent).toMatchObject({ ok: true })
    await page
      .getByRole('region', { name: 'Requests' })
      .getByRole('button', { name: /A file: / })
      .click()
    const show = page.getByRole('button', { name: 'Show the picture' })
    await show.waitFor()
    expect(await log().locator('img').count()).toBe(0)
    await show.click()
    const image = log().locator('img')
    await expect.poll(() => image.evaluate((one: HTMLImageElement) => one.naturalWidth)).toBe(8)
    expect(await image.getAttribute('src')).toMatch(/^blob:/)
  })

  test('a sign, a reply and a file go out by keyboard', async () => {
    await log().focus()
    await page.keyboard.press('ArrowUp')
    await tabTo('React')
    await page.keyboard.press('Enter')
    await expect.poll(() => focused()).toBe('👍')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: '👍, from you' }).waitFor()
    await log().focus()
    await page.keyboard.press('ArrowDown')
    await tabTo('Reply')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByLabel('Your answer').evaluate((one) => one === document.activeElement)).toBe(true)
    await page.keyboard.type('Which one is this?')
    const chosen = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'Attach a file' }).focus()
    await page.keyboard.press('Enter')
    const buffer = Buffer.from(pngOf(4))
    await (await chosen).setFiles({ name: 'mine.png', mimeType: 'image/png', buffer })
    await page.getByText('mine.png').waitFor()
    await page.getByLabel('Your answer').focus()
    await page.keyboard.press('Control+Enter')
    await bubble('Which one is this?').waitFor()
    ;[theirs] = (await dora.conversations.list()) as [Conversation]
    const [first] = await theirs.messages()
    await expect
      .poll(heard)
      .toMatchObject([
        { mimeType: 'image/png' },
        { reference: first?.id, content: '👍', action: 'added' },
        { reference: first?.id, content: { filename: 'mine.png', data: new Uint8Array(buffer) } },
        { reference: first?.id, content: 'Which one is this?' },
      ])
    await expect.poll(() => page.getByText('A reply to what').count()).toBe(0)
  })

  test('a sign of the other side is joined and taken back by a press', async () => {
    const all = await theirs.messages()
    await say({ reference: all.at(-1)?.id, action: 'added', content: hostile, schema: 'custom' }, reactionType)
    const sign = bubble('Which one is this?').getByRole('button', { name: /from them$/ })
    await sign.click()
    await bubble('Which one is this?')
      .getByRole('button', { name: /from you and them$/ })
      .click()
    await sign.waitFor()
    await expect.poll(async () => (await heard()).at(-1)).toMatchObject({ content: hostile, action: 'removed' })
  })

  test('what may run is saved under a clean name, and never shown', async () => {
    await write(dora, ann, hostile)
    await say({ filename: `../${hostile}.html`, mimeType: 'text/html', data: script }, attachmentType)
    await say({ filename: 'drawing.svg', mimeType: 'image/svg+xml', data: svg }, attachmentType)
    await say({ filename: 'false.png', mimeType: 'image/png', data: svg }, attachmentType)
    await say({ filename: 'large.bin', mimeType: 'x/y', data: new Uint8Array(1_000_000) }, attachmentType)
    for (const name of ['drawing.svg', 'false.png', 'large.bin', 'html']) await bubble(name).first().waitFor()
    expect(await log().locator('img').count()).toBe(2)
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: /^Save .*html$/ }).click()
    const download = await saved
    expect(download.suggestedFilename()).toBe("_img src=x onerror=_document.title='run'__.html")
    expect(new Uint8Array(await readFile(await download.path()))).toEqual(script)
    expect(await page.title()).not.toContain('run')
  })

  test('what is not known, or not there, is shown as text that says so', async () => {
    await say({ question: `tea? ${hostile}` }, pollType)
    await bubble('Content that this page does not know.').getByText('asked: tea?').waitFor()
    await say({ reference: 'elsewhere', content: hostile, contentType: textType }, replyType)
    await bubble('To a message that is not in this conversation.').waitFor()
    await say({ reference: 'elsewhere', action: 'added', content: hostile, schema: 'custom' }, reactionType)
    await bubble('to a message').filter({ hasText: 'Put “<img' }).waitFor()
    await page.getByRole('region', { name: 'Conversations' }).getByText('Put “<img').waitFor()
    expect(await page.title()).not.toContain('run')
  })

  test('no message is passed by on the way to the answer, and arrows choose one', async () => {
    const last = (await log().getByRole('article').count()) - 1
    const chosen = () =>
      log()
        .getByRole('article')
        .evaluateAll((all) => all.indexOf(document.activeElement as HTMLElement))
    await log().focus()
    for (let i = 0; i <= last + 1; i++) await page.keyboard.press('ArrowDown')
    expect(await chosen()).toBe(last)
    await page.keyboard.press('ArrowUp')
    expect(await chosen()).toBe(last - 1)
    await page.keyboard.press('x')
    expect(await chosen()).toBe(last - 1)
    const stops = await log()
      .locator('article button')
      .evaluateAll((all) => all.filter((one) => (one as HTMLElement).tabIndex === 0).length)
    expect(stops).toBeLessThan(6)
  })

  test('a file that is too large is not taken', async () => {
    const buffer = Buffer.alloc(1_000_001)
    await page.locator('input[type=file]').setInputFiles({ name: 'film.mp4', mimeType: 'video/mp4', buffer })
    await page.getByText('a message has room for 1.0 MB').waitFor()
    expect(await page.getByText('film.mp4').count()).toBe(0)
  })

  test('a name is no address where the account has no wallet to ask', async () => {
    await press('Write a letter')
    await page.getByLabel('To the address').fill('friend.eth')
    await page.getByText('Names cannot be looked up here.').waitFor()
    expect(await page.getByLabel('Your letter').count()).toBe(0)
    await page.getByLabel('To the address').fill('')
    await page.goBack()
  })

  test('a letter to a name goes to the address that was shown, whatever the name is meanwhile', async () => {
    const emil = await network.client(8)
    const wallet = privateKeyToAccount(generatePrivateKey())
    let account: `0x${string}` = emil.address
    const other = await browser.open('about:blank')
    other.setDefaultTimeout(10_000)
    const answers: Record<string, (first: never) => unknown> = {
      eth_requestAccounts: () => [wallet.address],
      personal_sign: (raw) => wallet.signMessage({ message: { raw } }),
      eth_chainId: () => '0x1',
      eth_call: (call) => answerEns(call, () => account),
    }
    await putProvider(other, 'A wallet', async (method, params) => answers[method]?.((params as [never])[0]))
    await other.goto(`${network.url}/app/`)
    for (const name of ['A wallet', 'Sign in', 'Write a letter'])
      await other.getByRole('button', { name, exact: true }).click()
    await other.getByLabel('To the address').fill('Emil.eth')
    expect(await other.getByLabel('Your letter').count()).toBe(0)
    await other.getByRole('button', { name: 'Look it up' }).click()
    const shown = other.getByRole('region', { name: 'Whose name it is' })
    await shown.getByText(emil.address, { exact: true }).waitFor()
    await shown.getByText('emil.eth', { exact: true }).waitFor()
    account = dora.address
    await other.getByRole('button', { name: 'Write to this address' }).click()
    await other.getByLabel('Your letter').fill('By name.')
    await other.getByRole('button', { name: 'Send', exact: true }).click()
    await other.getByRole('region', { name: 'What it takes' }).getByRole('button').first().click()
    await expect.poll(() => textsOf(emil)).toEqual(['By name.'])
    await other.close()
  })

  test('is clean for everybody, in both themes', async () => {
    await page.evaluate(await readFile(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8'))
    await page.getByRole('button', { name: 'Reply' }).last().click()
    await page.getByRole('button', { name: 'React' }).last().click()
    await page.getByRole('form', { name: 'React' }).waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const faults = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
        }
        return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
      })
      expect(faults).toEqual([])
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    expect(browser.problems).toEqual([])
  })
}

/** A square picture of one colour. */
function pngOf(side: number): Uint8Array {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const sizes = Buffer.alloc(8)
    sizes.writeUInt32BE(data.length)
    sizes.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([sizes.subarray(0, 4), body, sizes.subarray(4)])
  }
  const header = Buffer.from([0, 0, 0, side, 0, 0, 0, side, 8, 0, 0, 0, 0])
  const rows = deflateSync(Buffer.alloc(side * (side + 1)))
  const magic = Buffer.from('89504e470d0a1a0a', 'hex')
  return Uint8Array.from(
    Buffer.concat([magic, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]),
  )
}
