import { glob, readFile } from 'node:fs/promises'
import ts from 'typescript'
import { expect, test } from 'vitest'

// Whoever points at a name in an editor sees how it is used. That the examples compile is in `comments.test.ts`.

test('every act of a client has an example', async () => {
  const client = await declarationsIn('sdk/client/**/*.ts')
  const acts = client.filter(ts.isClassDeclaration).filter(isShown).flatMap(actsOf)
  expect(acts.length).toBeGreaterThan(35)
  expect(acts.filter((act) => !hasTag(act, 'example')).map(nameOf)).toEqual([])
})

/** The client and what hangs on it; the other classes are its parts, which no application sees. */
const shown = /^(Client|Conversations?|Stamps|Stakes|Payments|Notices|Facts|Policies|Connections)$/
const isShown = ({ name }: ts.ClassDeclaration): boolean => shown.test(name?.text ?? '')

test.each([
  [
    'sdk/verifier',
    ['decideLane', 'checkEnvelope', 'verifyCheckpoint', 'applyCheckpoint', 'checkGrant', 'checkReceipt'],
  ],
  ['sdk/policy', ['parseRule', 'formatRule', 'explainRule', 'evaluateRule', 'effectiveRule']],
  ['service/node', ['startNode']],
  ['service/prover', ['startProver']],
])('%s: what one enters by has an example', async (folder, names) => {
  const functions = (await declarationsIn(`${folder}/**/*.ts`)).filter(ts.isFunctionDeclaration)
  const found = functions.filter((one) => names.includes(nameOf(one)) && hasTag(one, 'example'))
  expect(found.map(nameOf).sort()).toEqual([...names].sort())
})

async function declarationsIn(pattern: string): Promise<ts.Statement[]> {
  const statements: ts.Statement[] = []
  for await (const path of glob(pattern)) {
    const source = ts.createSourceFile(path, await readFile(path, 'utf8'), ts.ScriptTarget.Latest, true)
    statements.push(...source.statements)
  }
  return statements
}

/** The public methods of a class, the static ones too. */
const actsOf = ({ members }: ts.ClassDeclaration): ts.MethodDeclaration[] =>
  members.filter(ts.isMethodDeclaration).filter((act) => !ts.isPrivateIdentifier(act.name) && !hasTag(act, 'internal'))

const hasTag = (node: ts.Node, name: string): boolean =>
  ts.getJSDocTags(node).some(({ tagName }) => tagName.text === name)
const nameOf = ({ name }: ts.MethodDeclaration | ts.FunctionDeclaration): string => name?.getText() ?? ''
