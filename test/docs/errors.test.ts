import { glob, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

test('docs/errors.md has one heading for each code in the sources, and no other', async () => {
  const headings = [...(await readFile('docs/errors.md', 'utf8')).matchAll(/^### `([^`]+)`$/gm)].map(([, code]) => code)
  expect(headings).toEqual([...new Set(headings)])
  expect([...headings].sort()).toEqual([...(await codesInSources())].sort())
})

/** Codes are `area.reason`: the `code` of an error class, a member of a union named …Code, or the value of a table. */
async function codesInSources(): Promise<Set<string>> {
  const codes = new Set<string>()
  for await (const path of glob('{sdk,service}/**/*.ts', { exclude: (name) => /node_modules|dist|generated/.test(name) })) {
    const source = await readFile(path, 'utf8')
    for (const [, code = ''] of source.matchAll(/\bcode(?:: string)? = '([a-z0-9-]+\.[a-z0-9-]+)'/g)) codes.add(code)
    for (const [union] of source.matchAll(/type \w*Code =[^;]*?(?=\n\n|$(?![\s\S]))/g)) {
      for (const [, code = ''] of union.matchAll(/'([a-z0-9-]+\.[a-z0-9-]+)'/g)) codes.add(code)
    }
  }
  return codes
}
