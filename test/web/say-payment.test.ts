import { describe, expect, test } from 'vitest'
import type { Conversation, LetterPaymentState, OwnPayment, PaymentState } from '../../sdk/index.ts'
import { Acts } from '../../web/money/acts.ts'
import { type PaidLetter, readPaidLetters, standingOf } from '../../web/money/paid-letter.ts'
import { sayOwnPayment, sayRecord, sayStanding, sayVerdict, sayVerdicts } from '../../web/words/say-payment.ts'

const token = { decimals: 2 }
const rate = { base: 10n, bond: 200n, tip: 50n }
const closesAt = 1_800_000_000n
const nobody = { fine: 0, spam: 0, ratio: undefined }

const stateOf = (changes: Partial<LetterPaymentState>) =>
  ({ ...rate, closesAt, isPaid: true, isSettled: false, isOver: false, burnRatio: nobody, ...changes }) as never

const letterOf = (...states: LetterPaymentState[]): PaidLetter => ({
  conversation: { payments: [rate] } as unknown as Conversation,
  states: states.length > 0 ? states : undefined,
})

describe('a letter that was paid for', () => {
  test.each<[string, PaidLetter, RegExp]>([
    ['of which the chain was not asked', letterOf(), /^Its sender says that it has paid: postage of 0.1 tokens, a tip/],
    ['that was never paid', letterOf(stateOf({ isPaid: false })), /^Its sender says that it has paid, and the chain/],
    [
      'that is open',
      letterOf(stateOf({})),
      /^Paid: postage of 0.1 tokens, a tip of 0.5 tokens and a bond of 2 tokens. Your verdict counts until .*2027/,
    ],
    [
      'that was called spam',
      letterOf(stateOf({ isSettled: true, verdict: 'spam' })),
      /You called it spam: you got 0.5 tokens and the bond was burned\.$/,
    ],
    [
      'that was called fine',
      letterOf(stateOf({ isSettled: true, verdict: 'fine' })),
      /You called it fine: you got 0.5 tokens and the bond went back\.$/,
    ],
    ['that nobody judged in time', letterOf(stateOf({ isOver: true })), /No verdict was given in time/],
  ])('%s', (_, letter, text) => {
    expect(sayStanding(standingOf(letter), token)).toMatch(text)
  })

  test('is open with what was really paid and is open, whatever else its sender says', () => {
    const made = [stateOf({ isPaid: false, bond: 9_900n }), stateOf({ isSettled: true, verdict: 'fine' }), stateOf({})]
    expect(standingOf(letterOf(...made))).toEqual({ kind: 'open', closesAt, ...rate })
    expect(standingOf(letterOf(stateOf({}), stateOf({})))).toMatchObject({ bond: 400n, tip: 100n, base: 20n })
  })

  test('says before it is pressed what a verdict moves', () => {
    expect(sayVerdict('fine', rate, token)).toBe('Call it fine: you get 0.5 tokens and the bond of 2 tokens goes back')
    expect(sayVerdict('spam', rate, token)).toBe('Call it spam: you get 0.5 tokens and the bond of 2 tokens is burned')
    expect(sayVerdict('spam', { bond: 0n, tip: 0n }, token)).toBe('Call it spam')
    expect(
      sayVerdicts(
        [
          { verdict: 'fine', rate },
          { verdict: 'fine', rate },
          { verdict: 'spam', rate },
        ],
        token,
      ),
    ).toBe('Give these 3 verdicts: you get 1.5 tokens, 4 tokens of bonds go back and 2 tokens of bonds are burned')
    expect(sayVerdicts([{ verdict: 'spam', rate: { ...rate, tip: 0n } }], token)).toBe(
      'Give this verdict: 2 tokens of bonds are burned',
    )
  })

  test('comes with what others have said of its sender', () => {
    const said = (fine: number, spam: number) => sayRecord({ burnRatio: { fine, spam, ratio: undefined } })
    expect(said(0, 0)).toBe('No letter of this sender has a verdict yet.')
    expect(said(1, 0)).toBe('Of one letter of this sender with a verdict, none was called spam.')
    expect(said(2, 3)).toBe('Of 5 letters of this sender with a verdict, 3 were called spam.')
  })

  test('is listed with those of blocked accounts, newest first, and the chain is asked where it may be', async () => {
    const payments = [rate]
    const all = [
      { topic: 'a', payments },
      { topic: 'free', payments: [] },
      { topic: 'b', payments },
    ]
    const asked: unknown[] = []
    const client = {
      conversations: {
        list: async (options: unknown) => {
          asked.push(options)
          return all
        },
      },
      payments: { look: async ({ topic }: { topic: string }) => [topic] },
    } as never
    expect(await readPaidLetters(client, { isOnChain: true })).toEqual([
      { conversation: all[2], states: ['b'] },
      { conversation: all[0], states: ['a'] },
    ])
    expect(await readPaidLetters(client, { isOnChain: false })).toMatchObject([{ states: undefined }, {}])
    expect(asked).toEqual([{ consent: 'any' }, { consent: 'any' }])
  })
})

describe('what the person has paid', () => {
  const open = { isPaid: true, fine: 0, spam: 0, open: 1, returned: 0, closesAt, isOver: false, isRefunded: false }
  const of = (changes: Partial<PaymentState>, count = 1) =>
    sayOwnPayment({ ...rate, count, state: { ...open, due: 0n, ...changes } } as OwnPayment, token)

  test.each<[string, string, RegExp]>([
    ['open', of({}), /^Open until .*2027: without a verdict by then, 2.5 tokens come back\.$/],
    [
      'called fine',
      of({ open: 0, fine: 1, due: 200n }),
      /^Called fine: the bond is yours again; 2 tokens wait for you/,
    ],
    ['called fine and fetched', of({ open: 0, fine: 1, returned: 1 }), /^Called fine: the bond came back\.$/],
    ['called spam', of({ open: 0, spam: 1 }), /^Called spam: the bond was burned\.$/],
    ['over', of({ isOver: true, due: 250n }), /^Without a verdict: bond and tip are yours again; 2.5 tokens wait/],
    ['refunded', of({ isOver: true, isRefunded: true }), /^Without a verdict: bond and tip came back\.$/],
    [
      'for many',
      of({ open: 2, fine: 1, spam: 1 }, 4),
      /^1 of 4 called fine: .*; 1 of 4 called spam.*; 2 of 4 open.*5 tok/,
    ],
  ])('%s', (_, text, expected) => {
    expect(text).toMatch(expected)
  })
})

describe('acts', () => {
  test('are one at a time, and a second press does nothing', async () => {
    const acts = new Acts()
    let ended: (text: string) => void = () => undefined
    const begun: string[] = []
    const first = acts.run('here', ({ onProgress }) => {
      begun.push('first')
      onProgress({ kind: 'chain', act: 'settle', step: { kind: 'simulated' } })
      return new Promise((resolve) => (ended = resolve))
    })
    await acts.run('there', async () => begun.push('second').toString())
    expect(acts.now.value).toMatchObject({ kind: 'going', at: 'here', event: { kind: 'chain' } })
    expect(acts.isBusy).toBe(true)
    ended('It is done.')
    await first
    expect(acts.now.value).toEqual({ kind: 'done', at: 'here', text: 'It is done.' })
    expect(begun).toEqual(['first'])
    expect(acts.isBusy).toBe(false)
  })

  test('say what went wrong, and nothing after they were stopped', async () => {
    const acts = new Acts()
    const error = new Error('no')
    await acts.run('here', () => Promise.reject(error))
    expect(acts.now.value).toEqual({ kind: 'failed', at: 'here', error })
    let over: AbortSignal | undefined
    const going = acts.run('here', ({ signal }) => {
      over = signal
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    acts.stop()
    await going
    expect(over?.aborted).toBe(true)
    expect(acts.now.value).toBeUndefined()
  })
})
