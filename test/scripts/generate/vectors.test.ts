import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { generateVectors } from '../../../scripts/generate/vectors.ts'

test('the vector file is the one that is generated', async () => {
  for (const [file, content] of await generateVectors()) {
    expect(await readFile(new URL(`../../../${file}`, import.meta.url), 'utf8')).toBe(content)
  }
})
