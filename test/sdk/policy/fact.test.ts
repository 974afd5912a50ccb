import { test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { classIdOf, toHex } from '../../../sdk/crypto/index.ts'
import { factClassOf, formatRule, isCondition, isFact, parseRule, predicateOf } from '../../../sdk/policy/index.ts'
import { nearest } from '../../../sdk/policy/nearest.ts'
import vectors from '../../vectors/facts.json' with { type: 'json' }
import { anyFact } from './rules.ts'

describe('the class of a fact', () => {
  test.each(vectors)('$text', ({ text, predicate, chainId, contract, number, classId }) => {
    const fact = parseRule(text)
    if (!isCondition(fact) || !isFact(fact)) throw new Error('Expected a fact.')
    const noteClass = factClassOf(fact)
    expect(predicateOf(fact)).toBe(predicate)
    expect([noteClass.chainId, `0x${toHex(noteClass.contract)}`, noteClass.number].map(String)).toEqual([
      chainId,
      contract,
      number,
    ])
    expect(String(classIdOf(noteClass))).toBe(classId)
  })

  prop.prop([anyFact, anyFact])('is of what is attested, and of nothing else', (a, b) => {
    const same = predicateOf(a) === predicateOf(b)
    expect(classIdOf(factClassOf(a)) === classIdOf(factClassOf(b))).toBe(same)
    const other = { ...a, issuers: b.issuers }
    expect(classIdOf(factClassOf(other))).toBe(classIdOf(factClassOf(a)))
  })

  prop.prop([anyFact])('is the same for whoever reads its text', (fact) => {
    const read = parseRule(formatRule(fact))
    expect('of' in read ? undefined : isFact(read) && predicateOf(read)).toBe(predicateOf(fact))
  })
})

test.each([
  ['stmp', 'stamp'],
  ['HOLDS', 'holds'],
  ['txcount', 'txCount'],
  ['ag', 'age'],
  ['x', undefined],
  ['conection', 'connection'],
  ['telepathy', undefined],
  ['a'.repeat(8000), undefined],
])('%.20s is taken for %s', (word, meant) => {
  expect(nearest(word, ['connection', 'stamp', 'holds', 'age', 'txCount'])).toBe(meant)
})
