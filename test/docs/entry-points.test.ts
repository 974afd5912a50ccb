import { resolve } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

// Whoever points at a name in an editor sees how it is used. That the examples compile is in `comments.test.ts`.

test('every act of a client has an example', { timeout: 60_000 }, () => {
  const acts = actsOf(['Client', 'Conversation', 'Conversations', 'Stamps', 'Stakes', 'Payments', 'Notices'])
  const all = [...acts, ...actsOf(['Policies', 'Connections'])]
  expect(all.length).toBeGreaterThan(35)
  expect(all.filter(({ hasExample }) => !hasExample)).toEqual([])
})

test.each([
  [
    'sdk/verifier/index.ts',
    ['decideLane', 'checkEnvelope', 'verifyCheckpoint', 'applyCheckpoint', 'checkGrant', 'checkReceipt'],
  ],
  ['sdk/policy/index.ts', ['parseRule', 'formatRule', 'explainRule', 'evaluateRule', 'effectiveRule']],
  ['service/node/index.ts', ['startNode']],
  ['service/prover/index.ts', ['startProver']],
])('%s: what one enters by has an example', (path, names) => {
  const found = exportsOf(path).filter(({ name }) => names.includes(name))
  expect(
    found
      .filter(hasExample)
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...names].sort())
})

const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile)
const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, '.')
const entries = [
  'sdk/index.ts',
  'sdk/verifier/index.ts',
  'sdk/policy/index.ts',
  'service/node/index.ts',
  'service/prover/index.ts',
]
const program = ts.createProgram(
  entries.map((path) => resolve(path)),
  options,
)
const checker = program.getTypeChecker()

type Documented = { readonly name: string; readonly hasExample: boolean }

function exportsOf(path: string): ts.Symbol[] {
  const source = program.getSourceFile(resolve(path))
  const module = source && checker.getSymbolAtLocation(source)
  if (!module) throw new Error(`${path} exports nothing.`)
  return checker
    .getExportsOfModule(module)
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
}

/** The methods of classes that the SDK shows, the static ones too. */
function actsOf(names: readonly string[]): Documented[] {
  return exportsOf('sdk/index.ts')
    .filter(({ name }) => names.includes(name))
    .flatMap((owner) =>
      [...(owner.members?.values() ?? []), ...(owner.exports?.values() ?? [])].map((act) => ({ owner, act })),
    )
    .filter(({ act }) => act.flags & ts.SymbolFlags.Method && !/^(__)?#/.test(act.name) && !isInternal(act))
    .map(({ owner, act }) => ({ name: `${owner.name}.${act.name}`, hasExample: hasExample(act) }))
}

const tagsOf = (symbol: ts.Symbol): string[] => symbol.getJsDocTags().map(({ name }) => name)
const hasExample = (symbol: ts.Symbol): boolean => tagsOf(symbol).includes('example')
const isInternal = (symbol: ts.Symbol): boolean => tagsOf(symbol).includes('internal')
