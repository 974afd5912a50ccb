import type { TokenOptions } from './amount.ts'
import type { Parameter } from './conditions/condition.ts'
import { type Condition, conditionType } from './conditions/index.ts'
import { faultOfValue } from './make-condition.ts'
import { canonicalName } from './names.ts'
import { assertRule, PolicyMalformedError, RULE_LIMITS, type Rule } from './rule.ts'
import { readCondition } from './written.ts'

/**
 * Reads the text form of a rule. `and` binds tighter than `or`; parentheses group; `2 of (a, b, c)` asks for a number
 * of parts. Amounts are whole tokens: `bond 0.5` is as much as `decimals` says. Errors say at which character.
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
  if (rest !== undefined) throw reader.fault(`expected "and", "or" or the end, found "${rest}"`)
  return assertRule(rule)
}

type Reader = {
  readonly token: TokenOptions
  peek(): string | undefined
  /** The number of the next word. */
  place(): number
  /** Where a word stands in the text. */
  where(place: number): string
  next(): string
  accept(word: string): boolean
  expect(word: string): void
  /** What is wrong with the next word, or with one at a place. */
  fault(sentence: string, place?: number): PolicyMalformedError
}

const wordPattern = /[(),]|[^\s(),]+/g

function createReader(text: string, token: TokenOptions): Reader {
  const words = text.match(wordPattern) ?? []
  let at = 0
  const where = (place: number) => `At character ${([...text.matchAll(wordPattern)][place]?.index ?? text.length) + 1}`
  const fault = (sentence: string, place = at) => new PolicyMalformedError(`${where(place)}: ${sentence}`)
  const next = (): string => {
    const word = words[at]
    if (word === undefined) throw fault('a rule ends too early')
    at++
    return word
  }
  const accept = (word: string): boolean => words[at] === word && at++ >= 0
  return {
    token,
    peek: () => words[at],
    place: () => at,
    where,
    next,
    accept,
    fault,
    expect: (word) => {
      const place = at
      const other = next()
      if (other !== word) throw fault(`expected "${word}", found "${other}"`, place)
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
  if (depth > RULE_LIMITS.depth + 1) throw reader.fault(`a rule nests deeper than ${RULE_LIMITS.depth}`)
  if (reader.accept('(')) {
    const rule = readAny(reader, depth + 1)
    reader.expect(')')
    return rule
  }
  const place = reader.place()
  const word = reader.next()
  return isNumber(word) ? readAtLeast(reader, Number(word), depth) : readLeaf(reader, word, place)
}

function readAtLeast(reader: Reader, count: number, depth: number): Rule {
  reader.expect('of')
  reader.expect('(')
  const of = [readAny(reader, depth + 1)]
  while (reader.accept(',')) of.push(readAny(reader, depth + 1))
  reader.expect(')')
  return { kind: 'atLeast', count, of }
}

function readLeaf(reader: Reader, kind: string, place: number): Condition {
  const places = new Map<string, number>()
  const values: Record<string, unknown> = {}
  for (const parameter of conditionType(kind)?.parameters ?? []) {
    if (isLeftOut(reader, parameter)) continue
    if (parameter.before !== undefined) reader.expect(parameter.before)
    places.set(parameter.name, reader.place())
    values[parameter.name] = readValue(reader, kind, parameter)
  }
  const whereIs = (name: string) => reader.where(places.get(name) ?? place)
  const condition = readCondition(kind, values, { token: reader.token, whereIs })
  if (typeof condition === 'string') throw reader.fault(condition, place)
  return condition
}

function readValue(reader: Reader, kind: string, parameter: Parameter): string | number {
  const word = 'word' in parameter ? parameter.word : undefined
  if (word && reader.accept(word.text)) return word.value
  const place = reader.place()
  const value = 'min' in parameter ? readNumber(reader) : readWords(reader, parameter)
  const fault = 'form' in parameter && canonicalName(parameter.form, String(value)) === undefined
  if (fault) throw reader.fault(faultOfValue(kind, parameter, value) ?? 'an unknown name', place)
  if (parameter.after !== undefined) reader.expect(parameter.after)
  return value
}

/** A name is one word; a test of a field is three, and more may follow. */
function readWords(reader: Reader, parameter: Parameter): string {
  if (!('form' in parameter) || parameter.form !== 'tests') return reader.next()
  const tests: string[] = []
  do tests.push([reader.next(), reader.next(), reader.next()].join(' '))
  while (reader.accept('where'))
  return tests.join(' where ')
}

/** What may be left out is there where its word is. */
const isLeftOut = (reader: Reader, parameter: Parameter): boolean =>
  'fallback' in parameter && parameter.before !== undefined && reader.peek() !== parameter.before

function readNumber(reader: Reader): number {
  const place = reader.place()
  const word = reader.next()
  if (!isNumber(word)) throw reader.fault(`expected a number, found "${word}"`, place)
  return Number(word)
}

const isNumber = (word: string): boolean => /^(0|[1-9]\d{0,8})$/.test(word)
