import { glob, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

test('docs/errors.md has one heading for each code in the sources, and no other', async () => {
  const headings = [...(await readFile('docs/errors.md', 'utf8')).matchAll(/^### `([^`]+)`$/gm)].map(([, code]) => code)
  expect(headings).toEqual([...new Set(headings)])
  expect([...headings].sort()).toEqual([...(await codesInSources())].sort())
})

/** Where a code `area.reason` is written: an error class, a refusal, a union or a list of codes, or a table from codes. */
const places = [
  /\bcode(?:: string)?(?: =|:) '([a-z0-9-]+\.[a-z0-9-]+)'/g,
  /\brefuse\(\s*'([a-z0-9-]+\.[a-z0-9-]+)'/g,
  /^\s*\| '([a-z0-9-]+\.[a-z0-9-]+)'/gm,
  /^ {2}'([a-z0-9-]+\.[a-z0-9-]+)',$/gm,
  /^\s*'([a-z0-9-]+\.[a-z0-9-]+)': \[/gm,
]

async function codesInSources(): Promise<Set<string>> {
  const codes = new Set<string>()
  for await (const path of glob('{sdk,service}/**/*.ts', {
    exclude: (name) => /node_modules|dist|generated/.test(name),
  })) {
    const source = await readFile(path, 'utf8')
    for (const place of places) for (const [, code = ''] of source.matchAll(place)) codes.add(code)
  }
  return codes
}
