import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { bundleForBrowsers, chromiumPath, startPages } from '../test/helpers/browser.ts'
import { type Row, rowOf } from './row.ts'

const root = join(import.meta.dirname, '..')

/** Milliseconds after which browsers call a task long: what is shown then stops. */
const longTask = 50
const steps = 200

/**
 * The list of 2,000 conversations beside what browsers call a long task: the longest of many steps, in the processor's time of the
 * page's own thread, so that a busy machine makes none longer. Nothing where there is no browser.
 */
export async function benchInbox(): Promise<Row[]> {
  if (!chromiumPath) return []
  const pages = await startListPage()
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const page = await browser.newPage()
    await page.goto(pages.url)
    await page.getByText('Letter 0', { exact: true }).waitFor()
    const options = { beside: 'its bound', goal: { atMost: 1 } }
    const [slow, far] = [await longestOf(page, (i) => i * 300), await longestOf(page, (i) => (i * 68_111) % 136_000)]
    return [
      rowOf(`scroll 2,000 conversations by 300 px, the longest of ${steps}, CPU`, slow, longTask, options),
      rowOf('jump to somewhere else in them, the longest, CPU', far, longTask, options),
    ]
  } finally {
    await browser.close()
    await pages.close()
  }
}

/** Milliseconds of the page's thread for the longest of the steps, each to a place in pixels. */
async function longestOf(page: Page, placeOf: (step: number) => number): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const spent = async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN)
  }
  const list = page.getByRole('navigation', { name: 'Mail' })
  const times: number[] = []
  for (let i = 0; i < steps; i++) {
    const before = await spent()
    await list.evaluate(async (one, top) => {
      one.scrollTo(0, top)
      for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve))
    }, placeOf(i))
    times.push((await spent()) - before)
  }
  return Math.max(...times)
}

/** A page with the list alone, as the app draws it. */
async function startListPage() {
  const { files } = await bundleForBrowsers({
    entryPoints: [join(root, 'test/helpers/many-conversations.tsx')],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
  })
  const sheets = ['base', 'parts', 'desk'].map((name) => readFile(join(root, `web/style/${name}.css`), 'utf8'))
  const style = (await Promise.all(sheets)).join('\n')
  const html = `<!doctype html><style>${style}</style><div id="app"></div><script type="module" src="/many-conversations.js"></script>`
  return startPages(new Map<string, Uint8Array | string>([...files, ['/index.html', html]]), { keys: root })
}
