import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

const path = join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js')

type Axe = { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }

/** What axe finds wrong with a page as it is now, in the light theme and in the dark one. */
export async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(await readFile(path, 'utf8'))
  const faults: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run())
    faults.push(
      ...violations.map(({ id, nodes }) => `${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    )
  }
  return faults
}
