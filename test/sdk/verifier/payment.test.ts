import { describe, expect, test } from 'vitest'
import { toBytes32 } from '../../../sdk/crypto/abi.ts'
import { FIELD_ORDER } from '../../../sdk/crypto/field.ts'
import type { OpenedLane } from '../../../sdk/verifier/index.ts'
import { listOf } from '../../helpers/blocks.ts'
import { commonPolicy, type Deciding, decide, topicPolicy } from '../../helpers/lanes.ts'
import { enter, pay, paymentNotes, sender, token } from '../../helpers/payments.ts'
import { lane, laneUse, now, recipient, seeded } from '../../helpers/world.ts'

type Entered = ReturnType<typeof enter>

/** Shows payments that are in a tree for a rule. */
const shown = (entered: Entered, rule: string, evidence = [entered.evidence(0, 0)]): Deciding => ({
  policy: topicPolicy(rule),
  request: { evidence },
  context: { checkpoint: entered.view },
})

const codeOf = async (deciding: Deciding) => {
  const { result } = await decide(deciding)
  return result.ok ? 'opened' : result.code
}

describe('a payment opens a lane', () => {
  test('for one envelope, in the name of its sender, and says what its recipient settles with', async () => {
    const paid = pay()
    const { asked, result } = await decide(shown(enter(paid), 'postage 3'))
    expect(result).toMatchObject({ ok: true, payers: [sender], nullifiers: [], lane: { envelopes: 1 } })
    expect((result as OpenedLane).payments).toEqual([paid.place])
    expect((result as OpenedLane).tag).toBeUndefined()
    expect(asked).toEqual([])
  })

  test.each<[string, Parameters<typeof pay>[0]]>([
    ['to one recipient alone', { count: 1, index: 0 }],
    ['to the first of two', { count: 2, index: 0 }],
    ['to the last of a full tree', { count: 8, index: 7 }],
    ['to the last of a tree that is not full', { count: 9, index: 8 }],
    ['in its last second', { deliverBy: BigInt(now) }],
    ['without bond and tip', { bond: 0n, tip: 0n }],
  ])('%s', async (_, fields) => {
    expect(await codeOf(shown(enter(pay(fields)), 'postage 3'))).toBe('opened')
  })

  test.each<[string, string, number[]]>([
    ['its bond', 'bond 2', [0]],
    ['its tip', 'tip 1', [0]],
    ['all of it at once', 'postage 3 and bond 2 and tip 1', [0, 1, 2]],
    ['two parts, in any order', 'bond 2 and stamp 1 or tip 1 and postage 3', [3, 2]],
  ])('with %s', async (_, rule, [condition = 0, ...also]) => {
    const entered = enter(pay())
    expect(await codeOf(shown(entered, rule, [entered.evidence(0, condition, ...also)]))).toBe('opened')
  })

  test('beside another payment, each for its own condition', async () => {
    const entered = enter(pay(), pay({ base: 7n * token }))
    const evidence = [entered.evidence(0, 0), entered.evidence(1, 1)]
    expect(await codeOf(shown(entered, 'postage 3 and postage 7', evidence))).toBe('opened')
  })

  test('in a tree that is superseded, while the window of payments lasts', async () => {
    const lane = { expiresAt: BigInt(now + 7200) }
    const { tree, view, evidence } = enter(pay({ deliverBy: BigInt(now + 9000), use: laneUse(lane) }))
    const latest = { ...view.latest, trees: [new Uint8Array(32)] }
    const checkpoint = { latest, superseded: new Map([[tree.root(), now]]) }
    const at = (time: number): Deciding => ({
      policy: topicPolicy('postage 3'),
      request: { ...lane, evidence: [evidence(0, 0)] },
      context: { checkpoint, now: time },
    })
    expect(await codeOf(at(now + 3600))).toBe('opened')
    expect(await codeOf(at(now + 3601))).toBe('payment.root-unknown')
  })

  test('of any of the contracts that take payments', async () => {
    const contract = new Uint8Array(20).fill(3)
    const entered = enter(pay({ contract }))
    const both = [paymentNotes, { ...paymentNotes, contract }]
    const latest = { ...entered.view.latest, classes: both }
    expect(await codeOf(shown({ ...entered, view: { ...entered.view, latest } }, 'postage 3'))).toBe('opened')
    expect(await codeOf(shown(entered, 'postage 3'))).toBe('payment.not-in-tree')
  })

  test.each<[string, string, number, string]>([
    ['64 units', 'postage 3', 64, 'opened'],
    ['no unit more', 'postage 3', 65, 'lane.too-many-units'],
  ])('of %s', async (_, rule, units, expected) => {
    const entered = enter(pay({ use: laneUse({ units }) }))
    const deciding = shown(entered, rule)
    expect(await codeOf({ ...deciding, request: { ...deciding.request, units } })).toBe(expected)
  })

  test('of a day and no second more', async () => {
    const until = (seconds: number): Deciding => {
      const expiresAt = BigInt(now + seconds)
      const deciding = shown(enter(pay({ use: laneUse({ expiresAt }) })), 'postage 3')
      return { ...deciding, request: { ...deciding.request, expiresAt } }
    }
    expect(await codeOf(until(86_400))).toBe('opened')
    expect(await codeOf(until(86_401))).toBe('lane.too-long')
  })
})

describe('a payment is refused', () => {
  test.each<[string, string, Deciding]>([
    ['payment.too-little', 'a base below', shown(enter(pay({ base: 3n * token - 1n })), 'postage 3')],
    ['payment.too-little', 'a bond below', shown(enter(pay({ bond: 2n * token - 1n })), 'bond 2')],
    ['payment.too-little', 'a tip below', shown(enter(pay({ tip: token - 1n })), 'tip 1')],
    ['payment.out-of-date', 'a second after its end', shown(enter(pay({ deliverBy: BigInt(now - 1) })), 'postage 3')],
    ['payment.not-for-this', 'another recipient', shown(enter(pay({ recipient: seeded(8)(20) })), 'postage 3')],
    ['payment.not-for-this', 'another use', shown(enter(pay({ use: laneUse({ units: 2 }) })), 'postage 3')],
    [
      'payment.not-for-this',
      'a topic that is nobody’s',
      { ...shown(enter(pay()), 'postage 3'), policy: commonPolicy('postage 3') },
    ],
    [
      'payment.no-checkpoint',
      'a node that knows nothing',
      { ...shown(enter(pay()), 'postage 3'), context: { checkpoint: undefined } },
    ],
    [
      'policy.blocked',
      'a sender that is blocked',
      {
        ...shown(enter(pay()), 'postage 3'),
        policy: topicPolicy('postage 3', { blocks: listOf(recipient, { wallets: [sender] }) }),
      },
    ],
  ])('with %s: %s', async (code, _, deciding) => {
    expect(await codeOf(deciding)).toBe(code)
  })

  const twice = (evidence: (entered: Entered) => ReturnType<Entered['evidence']>[], rule: string) => {
    const entered = enter(pay(), pay({ index: 1 }))
    return codeOf(shown(entered, rule, evidence(entered)))
  }

  test.each<[string, string, string, (entered: Entered) => ReturnType<Entered['evidence']>[]]>([
    ['evidence.counted-twice', 'two pieces', 'postage 1 and bond 1', ({ evidence: e }) => [e(0, 0), e(0, 1)]],
    ['evidence.counted-twice', 'one base for two', 'postage 1 and postage 2', ({ evidence: e }) => [e(0, 0, 1)]],
    ['evidence.counted-twice', 'one condition, twice', 'postage 1', ({ evidence: e }) => [e(0, 0, 0)]],
    ['evidence.counted-twice', 'two for one condition', 'postage 1', ({ evidence: e }) => [e(0, 0), e(1, 0)]],
    ['evidence.not-asked', 'a condition that is not there', 'postage 1', ({ evidence: e }) => [e(0, 0, 1)]],
    ['evidence.malformed', 'a stamp too', 'postage 1 and stamp 1', ({ evidence: e }) => [e(0, 0, 1)]],
    ['evidence.malformed', 'work too', 'postage 1 and work 1', ({ evidence: e }) => [e(0, 0, 1)]],
    [
      'evidence.malformed',
      'more than it has parts',
      'postage 1 and bond 1 and tip 1 and tip 1',
      ({ evidence: e }) => [e(0, 0, 1, 2, 3)],
    ],
  ])('with %s: %s', async (code, _, rule, evidence) => {
    expect(await twice(evidence, rule)).toBe(code)
  })

  test('where the network takes none', async () => {
    const { view, evidence } = enter(pay())
    const latest = { ...view.latest, classes: view.latest.classes.filter(({ kind }) => kind !== 4) }
    const deciding = { policy: topicPolicy('postage 3'), request: { evidence: [evidence(0, 0)] } }
    expect(await codeOf({ ...deciding, context: { checkpoint: { ...view, latest } } })).toBe('payment.class-unknown')
  })

  test('with an index past the count, although its path leads to the root', async () => {
    const entered = enter(pay({ count: 5, index: 5 }))
    expect(await codeOf(shown(entered, 'postage 3'))).toBe('payment.not-for-this')
  })
})

describe('a payment that was tampered with', () => {
  const entered = enter(pay({ count: 100, index: 57 }))
  const good = entered.payment(0)
  const place = good.place
  const terms = place.terms
  const flip = (bytes: Uint8Array, bit: number) => bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
  const bits = (bytes: Uint8Array) => Array.from({ length: bytes.length * 8 }, (_, bit) => flip(bytes, bit))
  const lengths = (bytes: Uint8Array) => [bytes.slice(1), new Uint8Array([...bytes, 0]), new Uint8Array()]
  const edits = (bytes: Uint8Array) => [...bits(bytes), ...lengths(bytes)]
  const each = (list: readonly Uint8Array[], change: (bytes: Uint8Array) => Uint8Array[]) =>
    list.flatMap((bytes, i) => change(bytes).map((changed) => list.map((other, j) => (i === j ? changed : other))))
  type Mutant = Partial<typeof good>
  const inTerms = (change: Partial<typeof terms>): Mutant => ({ place: { ...place, terms: { ...terms, ...change } } })
  const inPlace = (change: Partial<typeof place>): Mutant => ({ place: { ...place, ...change } })

  const mutants: [string, Mutant[]][] = [
    ['sender', edits(terms.sender).map((value) => inTerms({ sender: value }))],
    ['count', [0, 1, 57, 58, 64, 99, 101, 128, 0xffffffff].map((count) => inTerms({ count }))],
    ['end', [1n, 2n, -1n, 2n ** 40n].map((more) => inTerms({ deliverBy: terms.deliverBy + more }))],
    ['root of recipients', edits(terms.root).map((root) => inTerms({ root }))],
    ['base', edits(terms.base).map((base) => inTerms({ base }))],
    ['bond', edits(terms.bond).map((bond) => inTerms({ bond }))],
    ['tip', edits(terms.tip).map((tip) => inTerms({ tip }))],
    ['amounts exchanged', [inTerms({ base: terms.bond, bond: terms.base })]],
    ['index', [0, 56, 58, 99, 185, 0xffffffff].map((index) => inPlace({ index }))],
    ['salt', edits(place.salt).map((value) => inPlace({ salt: value }))],
    ['siblings', each(place.siblings, bits).map((siblings) => inPlace({ siblings }))],
    [
      'a sibling less or more',
      [place.siblings.slice(1), [...place.siblings, seeded(1)(32)]].map((siblings) => inPlace({ siblings })),
    ],
    ['no place', [{ place: undefined } as never, inPlace({ terms: undefined } as never)]],
    ['tree root', edits(good.treeRoot).map((treeRoot) => ({ treeRoot }))],
    [
      'tree root, an alias',
      [{ treeRoot: toBytes32(BigInt(`0x${Buffer.from(good.treeRoot).toString('hex')}`) + FIELD_ORDER) }],
    ],
    ['leaf index', [0, 1, 2, 4, 2 ** 20 + good.leafIndex, 0xffffffff].map((leafIndex) => ({ leafIndex }))],
    ['path', each(good.path, (bytes) => bits(bytes).filter((_, i) => i % 7 === 0)).map((path) => ({ path }))],
    ['path, a node less or more', [good.path.slice(1), [...good.path, good.path[0]!]].map((path) => ({ path }))],
    [
      'path, an alias',
      [
        {
          path: good.path.with(19, toBytes32(BigInt(`0x${Buffer.from(good.path[19]!).toString('hex')}`) + FIELD_ORDER)),
        },
      ],
    ],
  ]

  const answer = async (change: Mutant) => {
    const value = { ...good, ...change } as typeof good
    return (await decide(shown(entered, 'postage 3', [{ condition: 0, kind: { case: 'payment', value } }]))).result
  }

  test('the original is good', async () => {
    expect(await answer({})).toMatchObject({ ok: true })
  })

  test.each(mutants)('opens nothing: %s', async (_, list) => {
    for (const change of list)
      expect(await answer(change)).toMatchObject({ code: expect.stringMatching(/^payment[.]/) })
  })

  test.each<[string, Mutant]>([
    ['an amount with a leading zero', inTerms({ base: new Uint8Array([0, 1]) })],
    ['an amount of 13 bytes', inTerms({ tip: new Uint8Array(13).fill(1) })],
    ['a salt of 31 bytes', inPlace({ salt: new Uint8Array(31) })],
    ['a tree of 21 levels', { path: [...good.path, new Uint8Array(32)] }],
    ['a leaf past the tree', { leafIndex: 2 ** 20 }],
    ['a root outside the field', { treeRoot: new Uint8Array(32).fill(255) }],
  ])('is malformed with %s', async (_, change) => {
    expect(await answer(change)).toMatchObject({ ok: false, code: 'payment.malformed' })
  })

  test('opens nothing elsewhere', async () => {
    for (const request of [
      { topic: `${lane.topic}x` },
      { holder: seeded(3)(32) },
      { units: 2 },
      { expiresAt: lane.expiresAt + 1n },
    ]) {
      const deciding = shown(entered, 'postage 3')
      expect(await codeOf({ ...deciding, request: { ...deciding.request, ...request } })).toBe('payment.not-for-this')
    }
    const deciding = shown(entered, 'postage 3')
    const elsewhere = { ...deciding.context, networkId: seeded(2)(32) }
    expect(await codeOf({ ...deciding, context: elsewhere })).toBe('payment.not-for-this')
  })
})
