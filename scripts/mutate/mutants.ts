import ts from 'typescript'

/** A change of one place in a file that should make a test fail. */
export type Mutant = {
  /** From 1. */
  readonly line: number
  readonly before: string
  readonly after: string
  /** The whole file, changed. */
  readonly text: string
}

type Edit = { readonly start: number; readonly end: number; readonly with: string }

/** All mutants of a file that these rules know, in the order of its lines. */
export function mutantsOf(path: string, text: string): Mutant[] {
  const edits = path.endsWith('.sol') ? editsOfSolidity(text) : editsOfTypeScript(path, text)
  return edits.sort((a, b) => a.start - b.start).map((edit) => toMutant(text, edit))
}

function toMutant(text: string, edit: Edit): Mutant {
  const changed = text.slice(0, edit.start) + edit.with + text.slice(edit.end)
  const line = text.slice(0, edit.start).split('\n').length
  const lineStart = text.lastIndexOf('\n', edit.start - 1) + 1
  const shown = (whole: string, end: number) => {
    const lineEnd = whole.indexOf('\n', end)
    return whole.slice(lineStart, lineEnd < 0 ? undefined : lineEnd).trim()
  }
  const after = shown(changed, edit.start + edit.with.length)
  return { line, before: shown(text, edit.end), after, text: changed }
}

const opposites: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '==': '!=',
  '!=': '==',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '&&': '||',
  '||': '&&',
  '??': '&&',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
}

function editsOfTypeScript(path: string, text: string): Edit[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const edits: Edit[] = []
  const visit = (node: ts.Node): void => {
    if (isTypeOnly(node)) return
    const edit = editOfNode(node, source)
    if (edit) edits.push(edit)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return edits
}

const isTypeOnly = (node: ts.Node): boolean =>
  ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isExportDeclaration(node)

function editOfNode(node: ts.Node, source: ts.SourceFile): Edit | undefined {
  const whole = { start: node.getStart(source), end: node.getEnd() }
  if (ts.isBinaryExpression(node)) return editOfOperator(node.operatorToken, source)
  if (ts.isIfStatement(node)) return negated(node.expression, source)
  if (ts.isConditionalExpression(node)) return negated(node.condition, source)
  if (ts.isExpressionStatement(node)) return { ...whole, with: 'void 0' }
  if (ts.isNumericLiteral(node)) return { ...whole, with: `(${node.text} + 1)` }
  if (ts.isBigIntLiteral(node)) return { ...whole, with: `(${node.text} + 1n)` }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return { ...whole, with: 'false' }
  if (node.kind === ts.SyntaxKind.FalseKeyword) return { ...whole, with: 'true' }
  return undefined
}

function editOfOperator(token: ts.BinaryOperatorToken, source: ts.SourceFile): Edit | undefined {
  const opposite = opposites[token.getText(source)]
  return opposite === undefined ? undefined : { start: token.getStart(source), end: token.getEnd(), with: opposite }
}

function negated(condition: ts.Expression, source: ts.SourceFile): Edit {
  const [start, end] = [condition.getStart(source), condition.getEnd()]
  return { start, end, with: `!(${source.text.slice(start, end)})` }
}

const solidityRules: readonly [RegExp, (found: string) => string][] = [
  [/ (?:==|!=|<=|>=|<|>|&&|\|\||\+|-|\*|\/) /g, (found) => ` ${opposites[found.trim()] ?? found.trim()} `],
  [/\bif \([^\n]*\) revert [^\n]*;/g, () => ''],
  [/\bemit [^;]*;/g, () => ''],
  [/\btrue\b/g, () => 'false'],
  [/\bfalse\b/g, () => 'true'],
  [/^ {8,}[\w.[\]]+(?:\([^;\n]*\)| [-+]?= [^;\n]*);$/gm, () => ''],
]

function editsOfSolidity(text: string): Edit[] {
  // Comments keep their length, so that places stay what they are.
  const code = text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
  return solidityRules.flatMap(([pattern, replace]) =>
    [...code.matchAll(pattern)].map((match) => {
      const [found] = match
      return { start: match.index, end: match.index + found.length, with: replace(found) }
    }),
  )
}
