import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, startBrowser } from '../helpers/browser.ts'
import { envelope, makeAccount, makeNode, type TestNode } from '../helpers/node.ts'

if (chromiumPath) describe.for([chromiumPath])('the page of a node in %s', inBrowser)

function inBrowser(executablePath: string): void {
  let node: TestNode
  let url: string
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let page: Page
  const asked: string[] = []

  beforeAll(async () => {
    ;[node, browser] = await Promise.all([makeNode(), startBrowser(executablePath)])
    url = await node.app.listen({ port: 0, host: '127.0.0.1' })
    page = await browser.open('about:blank')
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(url)
  })

  afterAll(async () => {
    await browser?.close()
    await node?.close()
  })

  /** Opens a path's part of the page and sends what stands there. */
  async function tryOut(method: string, path: string) {
    const part = page
      .locator('.opblock', { has: page.locator(`[data-path="${path}"]`) })
      .and(page.locator(`.opblock-${method}`))
    await part.locator('.opblock-summary-control').click()
    await part.locator('button.execute').click()
    const answered = part.locator('.live-responses-table')
    await answered.waitFor()
    return {
      status: await answered.locator('tbody .response-col_status').first().textContent(),
      body: await answered.locator('.response-col_description pre').first().textContent(),
    }
  }

  test('shows every path', async () => {
    await page.locator('.opblock').first().waitFor()
    expect(page.url()).toBe(`${url}/docs`)
    const document = await (await fetch(`${url}/openapi.json`)).json()
    const shown = await page
      .locator('[data-path]')
      .evaluateAll((found) => found.map((one) => one.getAttribute('data-path')))
    expect(shown.toSorted()).toEqual(Object.keys(document.paths).toSorted())
  })

  test('sends the example of a call to the node, and shows the answer', async () => {
    const account = await makeAccount(0x11)
    await node.publish(account, envelope('/xmtp/0/m-example/proto', 'seen in a browser'))
    const { status, body } = await tryOut('post', '/message/v1/query')
    expect(status).toContain('200')
    expect(body).toContain(Buffer.from('seen in a browser').toString('base64'))
    expect((await tryOut('get', '/v1/info')).body).toContain('pennypost-local')
  })

  test('asks nobody but the node, and nothing that its policy forbids', () => {
    expect(asked.length).toBeGreaterThan(5)
    expect(asked.filter((one) => !one.startsWith(url) && !one.startsWith('data:'))).toEqual([])
    expect(browser.problems).toEqual([])
  })
}
