import { describe, expect, test } from 'vitest'
import type { WaitingLetter } from '../../web/inbox/watch-waiting.ts'
import { readTrustees } from '../../web/letter/read-trustees.ts'
import { sayKept } from '../../web/words/say-kept.ts'
import { sayDay } from '../../web/words/say-payment.ts'
import { sayProgress } from '../../web/words/say-progress.ts'
import { isOver, isUnasked, sayCount, sayKeepers, sayState } from '../../web/words/say-waiting.ts'

const soon = BigInt(Math.floor(Date.now() / 1000) + 1000)
const address = `0x${'1'.repeat(40)}` as const

type Trustee = WaitingLetter['trustees'][number]

const letter = (trustees: readonly Partial<Trustee>[], more: Partial<WaitingLetter> = {}): WaitingLetter => ({
  letter: new Uint8Array(32),
  threshold: trustees.length > 1 ? 2 : 1,
  expiresAt: soon,
  trustees: trustees.map((one) => ({ address: undefined, state: 'asked', ...one })),
  ...more,
})

describe('letters from before the account had keys', () => {
  test('are counted', () => {
    expect([1, 2].map(sayCount)).toEqual(['A letter from before you had keys', '2 letters from before you had keys'])
  })

  test('say who keeps their key, until when, and how many are enough', () => {
    const day = sayDay(soon)
    expect(sayKeepers(letter([{}]))).toContain(`kept until ${day} by whoever wrote it`)
    expect(sayKeepers(letter([{ address }]))).toBe(`Its key is kept until ${day} by a trustee.`)
    expect(sayKeepers(letter([{ address }, { address }, { address }]))).toBe(
      `Its key is in 3 parts, kept until ${day}; 2 of them are enough.`,
    )
  })

  test('say that nobody hands out their key any more', () => {
    const late = letter([{ state: 'not-asked' }], { expiresAt: BigInt(Math.floor(Date.now() / 1000)) })
    expect(sayKeepers(late)).toContain('Nobody hands it out any more.')
    expect([isOver(late), isUnasked(late)]).toEqual([true, false])
  })

  test('are to be signed for while somebody is to be asked', () => {
    const states = ['asked', 'released', 'refused', 'wrong'] as const
    expect(isUnasked(letter(states.map((state) => ({ state }))))).toBe(false)
    expect(isUnasked(letter([{ state: 'released' }, { state: 'not-asked' }]))).toBe(true)
  })

  test.each<[Trustee['state'], string | undefined, string]>([
    ['not-asked', undefined, 'not asked yet'],
    ['not-asked', 'lane.spent', 'could not be asked'],
    ['asked', undefined, 'asked, no answer yet'],
    ['released', undefined, 'has handed out its part'],
    ['refused', 'deposit.end', 'does not hand it out'],
    ['wrong', undefined, 'has handed out what is no part of it'],
  ])('say of a trustee that is %s with %s: %s', (state, code, words) => {
    expect(sayState({ state, code })).toBe(words)
  })
})

describe('a letter to an account without keys', () => {
  test.each([
    ['a b', '', { trustees: ['a', 'b'], threshold: undefined }],
    [' a,b\n, c ', '2', { trustees: ['a', 'b', 'c'], threshold: 2 }],
    ['', ' ', { trustees: [], threshold: undefined }],
  ])('takes %o with %o for trustees', (text, enough, choice) => {
    expect(readTrustees(text, enough)).toEqual(choice)
  })

  test('says who could read it', () => {
    const quote = { threshold: 2, trustees: [address, address, address], keptUntil: 0 }
    expect((['sender', 'managed', 'threshold'] as const).map((escrow) => sayKept({ ...quote, escrow }))).toEqual([
      'Kept by your own account.',
      'Kept by one trustee, which could read it.',
      'Kept by 3 trustees: any 2 of them open it, and could read it together.',
    ])
  })

  test('says when a trustee keeps its part', () => {
    expect(sayProgress({ kind: 'escrow', step: 'held', trustee: address, of: 3 }).text).toBe(
      'One of 3 trustees has signed that it keeps its part',
    )
  })
})
