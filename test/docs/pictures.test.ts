import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

test('README shows the app in both themes, in pictures that load fast and look sharp', async () => {
  const readme = await readFile('README.md', 'utf8')
  for (const theme of ['light', 'dark']) {
    const path = `docs/pictures/app-${theme}.png`
    expect(readme).toContain(`](${path})`)
    const bytes = await readFile(path)
    expect(bytes.subarray(1, 4).toString()).toBe('PNG')
    expect(bytes.readUInt32BE(16)).toBe(1120)
    expect(bytes.length).toBeLessThan(150_000)
  }
})
