import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { rowsOf } from '../../../service/plugins/settings.ts'
import { trusteeSettings } from '../../../service/trustee/index.ts'

test('docs/trustee.md has every setting with its default', async () => {
  const page = await readFile('docs/trustee.md', 'utf8')
  expect(page.split('\n').filter((line) => line.startsWith('| `PENNYPOST_'))).toEqual(rowsOf(trusteeSettings))
})
