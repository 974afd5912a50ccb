import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

test('every link between the pages leads to a file, and every anchor to a heading', async () => {
  const broken: string[] = []
  for await (const page of glob('**/*.md', {
    exclude: (name) => /node_modules|^dist|^\.|build|artifacts/.test(name),
  })) {
    const text = await readFile(page, 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)) {
      if (!(await leadsSomewhere(page, target))) broken.push(`${page} → ${target}`)
    }
  }
  expect(broken).toEqual([])
})

async function leadsSomewhere(page: string, target: string): Promise<boolean> {
  const [file = '', anchor] = target.split('#')
  const path = file ? join(dirname(page), file) : page
  if (!existsSync(path)) return false
  if (!anchor) return true
  const headings = [...(await readFile(path, 'utf8')).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slug(heading))
  return headings.includes(anchor)
}

const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
