import { glob, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

// An example takes what `example-context.ts` declares as given, and imports the rest as an application does.

test('every example in a comment of the SDK compiles', { timeout: 60_000 }, async () => {
  const examples = await examplesIn('sdk/{policy,payments,notes,verifier}/**/*.ts')
  expect(examples.size).toBeGreaterThan(30)
  expect(faultsOf(examples)).toEqual([])
})

test('an example that does not compile is found', { timeout: 60_000 }, () => {
  const bad = new Map([
    [resolve('test/docs/bad.ts'), "import { parseRule } from '@pennypost/sdk/policy'\nparseRule(1)\n"],
  ])
  expect(faultsOf(bad)).toEqual([expect.stringMatching(/bad\.ts.*not assignable/)])
})

/** The examples in comments, each as a file that lies in this folder. */
async function examplesIn(pattern: string): Promise<Map<string, string>> {
  const examples = new Map<string, string>()
  for await (const path of glob(pattern)) {
    const source = await readFile(path, 'utf8')
    for (const [whole, code = ''] of source.matchAll(/^ \* @example\n \* ```ts\n((?: \*.*\n)*?) \* ```$/gm)) {
      const name = `${path.replaceAll('/', '-').slice(0, -3)}-${source.indexOf(whole)}.ts`
      examples.set(resolve('test/docs', name), `${code.replaceAll(/^ \* ?/gm, '')}\nexport {}\n`)
    }
  }
  return examples
}

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
