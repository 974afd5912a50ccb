import type { TokenOptions } from './amount.ts'
import { type Condition, conditionType, makeCondition } from './conditions/index.ts'
import { readAmount } from './read-amount.ts'
import { assertRule, PolicyMalformedError, RULE_LIMITS, type Rule } from './rule.ts'

/**
 * Reads the text form of a rule. `and` binds tighter than `or`; parentheses group; `2 of (a, b, c)` asks for a number
 * of parts. Amounts are whole tokens: `bond 0.5` is as much as `decimals` says.
 *
 * @example
 * ```ts
 * import { parseRule } from '@pennypost/sdk/policy'
 *
 * parseRule('connection or stamp 2 or (request and work 20)')
 * parseRule('bond 0.5', { decimals: 6 }) // { kind: 'bond', amount: 500000n }
 * ```
 */
export function parseRule(text: string, token: TokenOptions = {}): Rule {
  if (text.length > RULE_LIMITS.bytes)
    throw new PolicyMalformedError(`a rule is longer than ${RULE_LIMITS.bytes} bytes`)
  const reader = createReader(text, token)
  const rule = readAny(reader, 1)
  const rest = reader.peek()
  if (rest !== undefined) throw new PolicyMalformedError(`expected "and", "or" or the end, found "${rest}"`)
  return assertRule(rule)
}

type Reader = {
  readonly token: TokenOptions
  peek(): string | undefined
  /** Where the next word stands in the text, from 1. */
  position(): number
  next(): string
  accept(word: string): boolean
  expect(word: string): void
}

function createReader(text: string, token: TokenOptions): Reader {
  const found = [...text.matchAll(/[(),]|[^\s(),]+/g)]
  const words = found.map(([word]) => word)
  let at = 0
  const next = (): string => {
    const word = words[at++]
    if (word === undefined) throw new PolicyMalformedError('a rule ends too early')
    return word
  }
  const accept = (word: string): boolean => words[at] === word && at++ >= 0
  return {
    token,
    peek: () => words[at],
    position: () => (found[at]?.index ?? text.length) + 1,
    next,
    accept,
    expect: (word) => {
      const other = next()
      if (other !== word) throw new PolicyMalformedError(`expected "${word}", found "${other}"`)
    },
  }
}

function readAny(reader: Reader, depth: number): Rule {
  return readList(reader, { kind: 'any', word: 'or' }, () =>
    readList(reader, { kind: 'all', word: 'and' }, () => readTerm(reader, depth)),
  )
}

function readList(reader: Reader, join: { kind: 'any' | 'all'; word: string }, readPart: () => Rule): Rule {
  const first = readPart()
  const of = [first]
  while (reader.accept(join.word)) of.push(readPart())
  return of.length === 1 ? first : { kind: join.kind, of }
}

function readTerm(reader: Reader, depth: number): Rule {
  // The text may nest one level more than the tree: parentheses around a single condition add none.
  if (depth > RULE_LIMITS.depth + 1) throw new PolicyMalformedError(`a rule nests deeper than ${RULE_LIMITS.depth}`)
  if (reader.accept('(')) {
    const rule = readAny(reader, depth + 1)
    reader.expect(')')
    return rule
  }
  const word = reader.next()
  return isNumber(word) ? readAtLeast(reader, Number(word), depth) : readCondition(reader, word)
}

function readAtLeast(reader: Reader, count: number, depth: number): Rule {
  reader.expect('of')
  reader.expect('(')
  const of = [readAny(reader, depth + 1)]
  while (reader.accept(',')) of.push(readAny(reader, depth + 1))
  reader.expect(')')
  return { kind: 'atLeast', count, of }
}

function readCondition(reader: Reader, kind: string): Condition {
  const parameters = conditionType(kind)?.parameters ?? []
  const values = Object.fromEntries(
    parameters.map((parameter) => [parameter.name, 'unit' in parameter ? readTokens(reader) : readNumber(reader)]),
  )
  const condition = makeCondition(kind, values)
  if (typeof condition === 'string') throw new PolicyMalformedError(condition)
  return condition
}

function readTokens(reader: Reader): bigint | undefined {
  const where = `At character ${reader.position()}`
  return readAmount(reader.next(), where, reader.token)
}

function readNumber(reader: Reader): number {
  const word = reader.next()
  if (!isNumber(word)) throw new PolicyMalformedError(`expected a number, found "${word}"`)
  return Number(word)
}

const isNumber = (word: string): boolean => /^(0|[1-9]\d{0,8})$/.test(word)
