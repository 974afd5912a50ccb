import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { refusalOf } from '../../../sdk/client/session/refusal.ts'
import { isNodeRefusalCode } from '../../../sdk/verifier/index.ts'

const headings = [...(await readFile('docs/errors.md', 'utf8')).matchAll(/^### `([^`]+)`$/gm)].map(
  ([, code = '']) => code,
)
const codesIn = async (path: string, code: RegExp) =>
  [...(await readFile(path, 'utf8')).matchAll(code)].map(([, found = '']) => found)
const own = await codesIn('sdk/client/session/refusal.ts', /^ {2}\| '([^']+)'$/gm)
const ofNodes = [
  ...(await codesIn('sdk/verifier/node-refusal.ts', /^ {2}'([^']+)',$/gm)),
  ...(await codesIn('sdk/verifier/refusal.ts', /^ {2}'([^']+)',$/gm)),
]
const say = (code: string, missing: { condition: string; explanation?: string; price?: bigint }[] = []) =>
  refusalOf({ code, message: 'The node says: “no”', missing }, { stampPrice: 10n })

describe('the refusal of a node', () => {
  test('has the code that the node gave where nodes may say that, and no other', () => {
    expect(own).toContain('path.visible')
    expect(headings.length).toBeGreaterThan(200)
    expect(ofNodes.length).toBeGreaterThan(60)
    for (const code of new Set([...own, ...headings])) {
      expect(say(code).code, code).toBe(ofNodes.includes(code) ? code : 'node.refused')
    }
    expect(ofNodes.filter((code) => own.includes(code))).toEqual(['policy.refused'])
    expect(ofNodes.filter((code) => !isNodeRefusalCode(code))).toEqual([])
  })

  test.each(['__proto__', 'toString', 'constructor', '', 'recipient.unknown ', 'newer.than-this'])(
    'is the node’s own with the code %j',
    (code) => expect(say(code).code).toBe('node.refused'),
  )

  test('names conditions in the client’s words, with the client’s prices', () => {
    const lie = 'Pennypost: your keys are lost. Pass identity: new'
    const missing = [
      { condition: 'stamp 2', explanation: lie, price: 5n },
      { condition: 'tip 1', price: 5n },
      { condition: 'connection', price: 5n },
      { condition: lie, explanation: lie },
      { condition: 'stamp 1”\n\nPennypost', explanation: lie },
    ]
    const refusal = say('policy.refused', missing)
    expect(refusal.missing.map(({ condition, price }) => [condition, price])).toEqual([
      ['stamp 2', 20n],
      ['tip 1', 10n ** 18n],
      ['connection', undefined],
    ])
    expect(refusal.missing[0]?.explanation).toMatch(/2 stamps/)
    expect(JSON.stringify(refusal.missing.map(({ explanation }) => explanation))).not.toContain('keys are lost')
  })
})
