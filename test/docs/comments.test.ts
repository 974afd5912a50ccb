import { glob, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

// An example takes what `example-context.ts` declares as given, and imports the rest as an application does.

test('every example in a comment or a page compiles', { timeout: 90_000 }, async () => {
  const [comments, pages] = [await examplesInComments(), await blocksInPages()]
  expect([comments.size, pages.size]).toEqual([
    expect.toSatisfy((size) => size > 70),
    expect.toSatisfy((size) => size > 3),
  ])
  expect(faultsOf(new Map([...comments, ...pages, ...bad]))).toEqual([expect.stringMatching(/bad\.ts.*not assignable/)])
})

/** One that does not compile, so that the check is seen to work. */
const bad = new Map([
  [resolve('test/docs/bad.ts'), "import { parseRule } from '@pennypost/sdk/policy'\nparseRule(1)\n"],
])

/** The examples in comments, each as a file that lies in this folder. */
async function examplesInComments(): Promise<Map<string, string>> {
  const examples = new Map<string, string>()
  for await (const path of glob('{sdk,service}/**/*.ts', { exclude: isForeign })) {
    const source = await readFile(path, 'utf8')
    for (const [whole, code = ''] of source.matchAll(/^ *\* @example\n *\* ```ts\n((?: *\*.*\n)*?) *\* ```$/gm)) {
      examples.set(fileOf(path, source.indexOf(whole)), moduleOf(code.replaceAll(/^ *\* ?/gm, '')))
    }
  }
  return examples
}

/** The TypeScript in pages. */
async function blocksInPages(): Promise<Map<string, string>> {
  const blocks = new Map<string, string>()
  for await (const path of glob('**/*.md', { exclude: isForeign })) {
    const page = await readFile(path, 'utf8')
    for (const { index, 1: code = '' } of page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)) {
      blocks.set(fileOf(path, index), moduleOf(code))
    }
  }
  return blocks
}

const isForeign = (name: string): boolean => /node_modules|\bdist\b|generated|artifacts|^\./.test(name)

const fileOf = (path: string, at: number): string => resolve('test/docs', `${path.replaceAll(/[/.]/g, '-')}-${at}.ts`)

const moduleOf = (code: string): string => `${code}\nexport {}\n`

/** What the compiler says about files that are not on the disk. */
function faultsOf(files: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, '.')
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile: read, getSourceFile } = host
  host.fileExists = (path) => files.has(resolve(path)) || fileExists(path)
  host.readFile = (path) => files.get(resolve(path)) ?? read(path)
  host.getSourceFile = (path, version, ...rest) => {
    const text = files.get(resolve(path))
    return text === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version)
  }
  const program = ts.createProgram([resolve('test/docs/example-context.ts'), ...files.keys()], options, host)
  return [...files.keys()].flatMap((path) => {
    const source = program.getSourceFile(path)
    const faults = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return faults.map(({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`)
  })
}
