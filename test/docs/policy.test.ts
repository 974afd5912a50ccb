import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { conditionKinds } from '../../sdk/policy/conditions/index.ts'
import { formatRule, parseRule } from '../../sdk/policy/index.ts'

const page = await readFile('docs/policy.md', 'utf8')

test('every example of the policy language reads as it is written', () => {
  const [, block = ''] = /## Examples\n\n```text\n([\s\S]*?)```/.exec(page) ?? []
  const rules = block
    .trim()
    .split('\n')
    .map((line) => line.split(/ {2,}/)[0] ?? '')
  expect(rules.length).toBeGreaterThan(5)
  for (const rule of rules) expect(formatRule(parseRule(rule))).toBe(rule)
})

test('its page has every condition, and its errors list them where none is near', () => {
  const table = page.slice(page.indexOf('## Conditions'))
  const missing = conditionKinds.filter((kind) => !new RegExp(`^\\|.*\`${kind}\\b`, 'm').test(table))
  expect(missing).toEqual([])
  expect(() => parseRule('vouchers 3')).toThrow(`there are ${conditionKinds.join(', ')}`)
  expect(() => parseRule('stmap 1')).toThrow('did you mean "stamp"?')
})
