import { describe, expect, test } from 'vitest'
import { mutantsOf } from '../../scripts/mutate/mutants.ts'

const changesOf = (path: string, text: string) => mutantsOf(path, text).map(({ line, after }) => [line, after])

describe('mutantsOf', () => {
  test('turns comparisons, conditions, numbers and statements of TypeScript', () => {
    const text = ["import { a } from 'a'", 'type T = 1 | 2', 'if (a < 2n)', '  a(true)'].join('\n')
    expect(changesOf('x.ts', text)).toEqual([
      [3, 'if (!(a < 2n))'],
      [3, 'if (a <= 2n)'],
      [3, 'if (a < (2n + 1n))'],
      [4, 'void 0'],
      [4, 'a(false)'],
    ])
  })

  test('drops reverts, events and assignments of Solidity, and leaves its comments', () => {
    const text = [
      'function f(uint256 a) external {',
      '        // emit Nothing(a == 1);',
      '        if (a <= 1) revert TooLow(a);',
      '        _value = a;',
      '        emit Done(a);',
      '}',
    ].join('\n')
    expect(changesOf('X.sol', text)).toEqual([
      [3, ''],
      [3, 'if (a < 1) revert TooLow(a);'],
      [4, ''],
      [5, ''],
    ])
  })

  test('leaves all of the file but the one place as it is', () => {
    const text = 'const a = 1\nconst b = a + 1\n'
    for (const mutant of mutantsOf('x.ts', text)) {
      const lines = mutant.text.split('\n')
      expect(lines.filter((line, i) => line !== text.split('\n')[i])).toHaveLength(1)
    }
  })
})
