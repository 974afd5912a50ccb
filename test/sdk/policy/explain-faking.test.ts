import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { conditionKinds } from '../../../sdk/policy/conditions/index.ts'
import { fakingOf } from '../../../sdk/policy/explain-faking.ts'
import { explainFaking, parseRule } from '../../../sdk/policy/index.ts'

test('each condition of a rule is told once, with what faking it costs', () => {
  const rule = parseRule('stamp 1 or (work 4 and stamp 1) or tip 0.5 or stamp 2', { decimals: 6 })
  expect(explainFaking(rule, { decimals: 6 })).toEqual([
    { condition: 'stamp 1', explanation: fakingOf.stamp },
    { condition: 'work 4', explanation: fakingOf.work },
    { condition: 'tip 0.5', explanation: fakingOf.tip },
    { condition: 'stamp 2', explanation: fakingOf.stamp },
  ])
})

test('docs/economics.md has a row of each kind of condition', async () => {
  const page = await readFile('docs/economics.md', 'utf8')
  const rows = conditionKinds.map((kind) => `| \`${kind}\` | ${fakingOf[kind]} |`)
  expect(page).toContain(`\n${rows.join('\n')}\n\n`)
})
