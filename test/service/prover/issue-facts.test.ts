import { fc, test as fcTest } from '@fast-check/vitest'
import type { Hex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BabyJubjub, classIdOf, FIELD_ORDER, isNoteSigned } from '../../../sdk/crypto/index.ts'
import { factTypedData, makeMemberList } from '../../../sdk/facts/index.ts'
import { factClassOf } from '../../../sdk/policy/index.ts'
import { factClass } from '../../../sdk/verifier/index.ts'
import { type Database, openPglite, openPostgres } from '../../../service/plugins/database/index.ts'
import type { TimedBlock } from '../../../service/prover/chain/index.ts'
import { auditLog } from '../../../service/prover/facts/audit-log.ts'
import { factMessageOf } from '../../../service/prover/facts/fact-entry.ts'
import { type FactJson, factFromJson } from '../../../service/prover/facts/fact-json.ts'
import { createFactQueue } from '../../../service/prover/facts/fact-queue.ts'
import { findBlockAt } from '../../../service/prover/facts/find-block.ts'
import { pinBlock } from '../../../service/prover/facts/pin-block.ts'
import { createIssuerKey } from '../../../service/prover/issuing/index.ts'
import { mistype, walletOf } from '../../helpers/accounts.ts'
import { startIssuer } from '../../helpers/fact-issuer.ts'
import { type Asking, bodyOf, factOf, issuerKey, requestOf, writeBody } from '../../helpers/facts.ts'
import { startPostgres } from '../../helpers/postgres.ts'

const start = 2_922 * factClass.epochLength + 1_000
const coin = 'eip155:1/slip44:60'
const condition = `holds ${coin} >= 0.5`
let next = 0x10
/** An account that nobody has had before. */
const newAccount = () => walletOf(next++)

let postgres: Awaited<ReturnType<typeof startPostgres>>
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

describe.each<[string, () => Promise<Database>]>([
  ['PGlite', () => openPglite('prover')],
  ['PostgreSQL', async () => openPostgres('prover', await postgres.database())],
])('an issuer of notes on %s', (_, open) => {
  let issuer: Awaited<ReturnType<typeof startIssuer>>
  beforeAll(async () => {
    issuer = await startIssuer(start, open)
  })
  afterAll(() => issuer?.close())

  /** An account that holds enough. */
  function newHolder() {
    const account = newAccount()
    issuer.chain.holdings.set(account.address.toLowerCase(), 10n ** 18n)
    issuer.chain.nonces.set(account.address.toLowerCase(), 1_000n)
    return account
  }
  const bodyFor = (account: ReturnType<typeof newAccount>, asking: Partial<Asking> = {}) =>
    bodyOf(account, { condition, ...asking }, issuer.time.now)
  const codeOf = (answer: object) => ('code' in answer ? answer.code : answer)
  const total = async () => (await issuer.store.factHead()).number

  test('the same request gives the same note, again and after a restart, and any number at once', async () => {
    const account = newHolder()
    const body = await bodyFor(account)
    const facts = await issuer.open()
    const before = await total()
    const first = await facts.ask(body, 'a')
    expect(first).toMatchObject({ ok: true, value: { epoch: 2_922, subject: account.address } })
    const again = await Promise.all([1, 2, 3].map(() => facts.ask(body, 'b')))
    const later = await (await issuer.open()).ask(body, 'a')
    for (const answer of [...again, later]) expect(answer).toEqual(first)
    const id = 'value' in first ? first.value.id : ''
    for (const one of [facts, await issuer.open()]) expect(await one.find(id)).toEqual(first)
    expect(await total()).toBe(before + 1)
  })

  test('of many requests of one account at once, for one fact with different secrets, one gets a note', async () => {
    const account = newHolder()
    const bodies = await Promise.all([11n, 12n, 13n, 14n].map((secretHash) => bodyFor(account, { secretHash })))
    const [one, other] = [await issuer.open(), await issuer.open()]
    const before = await total()
    const answers = await Promise.all(bodies.map((body, i) => (i % 2 ? one : one).ask(body, `caller ${i}`)))
    expect(answers.map(codeOf).filter((code) => code === 'fact.issued')).toHaveLength(3)
    expect(answers.filter((answer) => 'ok' in answer && answer.ok)).toHaveLength(1)
    expect(await total()).toBe(before + 1)
    expect(codeOf(await other.ask(await bodyFor(account, { secretHash: 15n }), 'a'))).toBe('fact.issued')
  })

  test('one that dies after a note is kept, and before it is answered, gives that note and no other', async () => {
    const body = await bodyFor(newHolder())
    const dying = await issuer.open({
      async addFactNote(note, now) {
        await issuer.store.addFactNote(note, now)
        throw new Error('The process ends here.')
      },
    })
    await expect(dying.ask(body, 'a')).rejects.toThrow('ends here')
    const [kept] = await issuer.store.factNotesAfter((await total()) - 1, 1)
    expect(await (await issuer.open()).ask(body, 'a')).toEqual({ ok: true, value: kept })
  })

  test('one that dies before a note is kept has told nobody, and keeps nothing of it, not half of it either', async () => {
    const account = newHolder()
    const body = await bodyFor(account)
    const before = await total()
    await issuer.database.script('alter table fact_persons add constraint broken check (since < 0) not valid')
    await expect((await issuer.open()).ask(body, 'a')).rejects.toThrow()
    await issuer.database.script('alter table fact_persons drop constraint broken')
    expect([await total(), await issuer.store.factPerson(account.address)]).toEqual([before, undefined])
    expect(await (await issuer.open()).ask(body, 'a')).toMatchObject({ ok: true, value: { number: before + 1 } })
  })

  test.each<[string, Partial<Asking> & { by?: { address: Hex } }]>([
    ['another account', { by: walletOf(0xef) }],
    ['another network', { networkId: new Uint8Array(32).fill(1) }],
    ['another issuer', { issuer: { x: issuerKey.y, y: issuerKey.x } }],
    ['another epoch', { epoch: 2_923 }],
    ['another fact', { condition: `holds ${coin} >= 0.4` }],
    ['another secret', { secretHash: 99n }],
    ['another person', { personHash: 99n }],
  ])('what was signed for %s is worth nothing here', async (_, signed) => {
    const account = newHolder()
    const before = await total()
    const { by = account, ...changes } = signed
    const request = requestOf(by.address, { condition, ...changes }, start)
    const signature = await account.signTypedData(factTypedData(request))
    const body = writeBody({ request: requestOf(account.address, { condition }, start), signature })
    expect(codeOf(await (await issuer.open()).ask(body, 'a'))).toBe('fact.signature-invalid')
    expect(await total()).toBe(before)
  })

  test('nobody gets a note of an account whose key is not theirs', async () => {
    const [account, mallory] = [newHolder(), newHolder()]
    const body = { ...(await bodyFor(mallory)), subject: account.address }
    expect(codeOf(await (await issuer.open()).ask(body, 'a'))).toBe('fact.signature-invalid')
  })

  test.each<[string, Partial<Awaited<ReturnType<typeof bodyOf>>>, string]>([
    ['an epoch that is over', { epoch: 2_921 }, 'fact.epoch-wrong'],
    ['an epoch to come', { epoch: 2_923 }, 'fact.epoch-wrong'],
    ['a chain that nobody reads', { condition: 'txCount eip155:10 >= 1' }, 'fact.chain-unknown'],
    ['two conditions', { condition: `${condition} and ${condition}` }, 'fact.malformed'],
    ['no fact', { condition: 'stamp 1' }, 'fact.malformed'],
    ['no condition', { condition: 'holds' }, 'fact.malformed'],
    ['no account', { subject: '0x12' }, 'fact.malformed'],
    ['an epoch that is no number of the typed data', { epoch: 1e300 }, 'fact.malformed'],
    [
      'a mistyped token',
      { condition: `holds eip155:1/erc20:${mistype(walletOf(1).address)} >= 1 decimals 0` },
      'fact.malformed',
    ],
    ['a secret of zero', { secretHash: `0x${'0'.repeat(64)}` }, 'fact.malformed'],
    ['a person above the field', { personHash: `0x${FIELD_ORDER.toString(16)}` }, 'fact.malformed'],
  ])('%s is refused before any chain is asked', async (_, changes, code) => {
    const body = { ...(await bodyFor(newHolder())), ...changes }
    const { asked } = issuer.chain
    expect(codeOf(await (await issuer.open()).ask(body, 'a'))).toBe(code)
    expect(issuer.chain.asked).toBe(asked)
  })

  test('an account is one person for 90 days, in every fact, and may then be another', async () => {
    const account = newHolder()
    const facts = await issuer.open()
    const another = { condition: 'txCount eip155:1 >= 3', secretHash: 21n, personHash: 7n }
    const ask = async () => codeOf(await facts.ask(await bodyFor(account, another), 'a'))
    try {
      expect(await facts.ask(await bodyFor(account), 'a')).toMatchObject({ ok: true })
      expect(await ask()).toBe('fact.person-taken')
      issuer.time.now = start + 90 * 86_400 - 1
      expect(await ask()).toBe('fact.person-taken')
      issuer.time.now = start + 90 * 86_400
      expect(await ask()).toMatchObject({ ok: true })
      expect(codeOf(await facts.ask(await bodyFor(account), 'a'))).toBe('fact.person-taken')
    } finally {
      issuer.time.now = start
    }
  })

  test('an account has 64 notes of an epoch, whatever it holds: each amount below is a fact too', async () => {
    const account = newHolder()
    const facts = await issuer.open()
    const ask = async (count: number) =>
      codeOf(await facts.ask(await bodyFor(account, { condition: `txCount eip155:1 >= ${count}` }), 'a'))
    for (let count = 1; count <= 64; count++) expect(await ask(count)).toMatchObject({ ok: true })
    expect(await ask(65)).toBe('rate.limited')
  })

  test('a list of accounts takes its path and no chain, and is signed as of no block', async () => {
    const [account, other] = [newAccount(), newAccount()]
    const list = makeMemberList([account, other, newAccount()].map(({ address }) => address))
    const bodyWith = async (path: string[] | undefined, more: Partial<Asking> = {}) => ({
      ...(await bodyFor(account, { condition: `member ${list.root}`, ...more })),
      path,
    })
    const path = list.pathOf(account.address)
    const [{ asked }, before, facts] = [issuer.chain, await total(), await issuer.open()]
    for (const wrong of [undefined, [], list.pathOf(other.address), [...path!, list.root]])
      expect(codeOf(await facts.ask(await bodyWith(wrong), 'a'))).toBe('fact.path-wrong')
    expect(codeOf(await facts.ask(await bodyWith(path, { condition }), 'a'))).toBe('fact.malformed')
    expect(await total()).toBe(before)
    expect(await facts.ask(await bodyWith(path), 'a')).toMatchObject({
      ok: true,
      value: { condition: `member ${list.root}`, block: { number: 0n, hash: `0x${'00'.repeat(32)}` } },
    })
    expect(issuer.chain.asked).toBe(asked)
    const { entries } = await facts.log({ after: before, limit: 1 })
    expect(factFromJson(entries[0]).fact).toMatchObject({ kind: 'member', root: list.root })
  })

  test("a contract's word on a list is asked of the network's own chain", async () => {
    const account = newAccount()
    const { root } = makeMemberList([account.address])
    const body = { ...(await bodyFor(newAccount(), { condition: `member ${root}` })), subject: account.address }
    const { asked } = issuer.chain
    expect(codeOf(await (await issuer.open()).ask(body, 'a'))).toBe('fact.signature-invalid')
    expect(issuer.chain.asked).toBe(asked + 1)
    expect(codeOf(await (await issuer.open({}, { home: 10n })).ask(body, 'a'))).toBe('fact.chain-unknown')
  })

  describe('the block of an epoch', () => {
    const epoch = 2_000
    const begin = epoch * factClass.epochLength
    const blockOf = (number: bigint, time: number, fork = 0): TimedBlock => ({
      number,
      hash: `0x${fork}${number}`,
      time,
    })
    /** Blocks by number, the newest of which is the last that counts; each chain has its own pins. */
    let chainId = 1_000n
    const chainOf = (blocks: readonly TimedBlock[], of = ++chainId) => ({
      chainId: of,
      head: async () => blocks.at(-1),
      block: async (number: bigint) => blocks.find((block) => block.number === number),
      ancestor: async (number: bigint) => blocks.find((block) => block.number === number),
    })
    const times = [-500, -1, -1, 0, 0, 9]
    const blocks = times.map((time, i) => blockOf(BigInt(i), begin + time))
    const pin = (chain: ReturnType<typeof chainOf>, of = epoch) => pinBlock({ chain, store: issuer.store, epoch: of })

    test('is the last that was made before the epoch, whenever and by whomever it is looked for', async () => {
      for (const seen of [4, 5, 6])
        expect(await pin(chainOf(blocks.slice(0, seen)))).toEqual({ ok: true, value: blocks[2] })
    })

    test('is not known before a block of the epoch counts: another may follow until then', async () => {
      for (const seen of [0, 1, 3])
        expect(await pin(chainOf(blocks.slice(0, seen)))).toMatchObject({ code: 'fact.block-unavailable' })
    })

    test('is not looked for among blocks that an endpoint has not', async () => {
      const pruned = { ...chainOf(blocks), ancestor: async () => undefined }
      expect(await pin(pruned)).toMatchObject({ code: 'fact.block-unavailable' })
      expect(await issuer.store.factBlock(pruned.chainId, epoch)).toBeUndefined()
    })

    test('is, of a chain that began within it, the first that was looked for', async () => {
      const young = chainOf(blocks.slice(3, 5))
      const counted = [blockOf(0n, begin), blockOf(1n, begin + 5), blockOf(2n, begin + 9)]
      const pinned = await Promise.all([1, 2, 3].map((seen) => pin(chainOf(counted.slice(0, seen), young.chainId))))
      expect(new Set(pinned.map((one) => one.ok && one.value.number)).size).toBe(1)
    })

    test('is no other once the chain has taken it back, and one of its own in the next epoch', async () => {
      const { chainId: of } = await (async (chain) => pin(chain).then(() => chain))(chainOf(blocks))
      const forked = blocks.map(({ number, time }) => blockOf(number, time, 1))
      expect(await pin(chainOf(forked, of))).toMatchObject({ code: 'fact.block-gone' })
      expect(await pin(chainOf([], of))).toMatchObject({ code: 'fact.block-unavailable' })
      const next = blockOf(6n, begin + factClass.epochLength)
      expect(await pin(chainOf([...forked, next], of), epoch + 1)).toEqual({ ok: true, value: forked.at(-1) })
    })
  })

  test('the greatest amounts are as good as any, in the request and in the log', async () => {
    const account = newHolder()
    const most = 2n ** 256n - 2n
    issuer.chain.holdings.set(account.address.toLowerCase(), most)
    const token = `eip155:1/erc20:${walletOf(2).address}`
    const facts = await issuer.open()
    const answer = await facts.ask(await bodyFor(account, { condition: `holds ${token} >= ${most} decimals 0` }), 'a')
    expect(answer).toMatchObject({ ok: true })
    const { total: last } = await facts.log({ after: 0, limit: 1 })
    const { entries } = await facts.log({ after: last - 1, limit: 1 })
    expect(factFromJson(entries[0]).fact).toMatchObject({ amount: most, asset: token.toLowerCase() })
  })

  test('what is not so is not signed, and leaves nothing behind', async () => {
    const facts = await issuer.open()
    const poor = newAccount()
    const before = await total()
    expect(codeOf(await facts.ask(await bodyFor(poor), 'a'))).toBe('fact.not-so')
    expect(codeOf(await facts.ask(await bodyFor(poor, { condition: 'age eip155:1 >= 5 days' }), 'a'))).toBe(
      'fact.not-so',
    )
    const young = newHolder() // as old as the chain: the epoch is judged by a block of the day before
    expect(codeOf(await facts.ask(await bodyFor(young, { condition: 'age eip155:1 >= 100 days' }), 'a'))).toBe(
      'fact.not-so',
    )
    expect(await facts.ask(await bodyFor(young, { condition: 'age eip155:1 >= 99 days' }), 'a')).toMatchObject({
      ok: true,
    })
    expect([await total(), await issuer.store.factPerson(poor.address)]).toEqual([before + 1, undefined])
  })

  test('who waits is told how far it has come, and then what became of it; who was refused is looked up again', async () => {
    const facts = await issuer.open()
    let open = () => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    issuer.chain.gate = () => opened
    const late = newAccount()
    const lateBody = await bodyFor(late)
    const [answer, refused] = await Promise.all([facts.ask(await bodyFor(newHolder()), 'a'), facts.ask(lateBody, 'b')])
    issuer.chain.gate = undefined
    if (!('done' in answer) || !('done' in refused)) throw new Error('Expected to wait.')
    expect([answer.outcome, await facts.find(answer.id)]).toEqual([undefined, answer])
    open()
    expect(await answer.done).toMatchObject({ ok: true })
    expect(await facts.find(answer.id)).toEqual(await answer.done)
    expect(await refused.done).toMatchObject({ code: 'fact.not-so' })
    expect(await facts.find(refused.id)).toEqual(await refused.done)
    issuer.chain.holdings.set(late.address.toLowerCase(), 10n ** 18n)
    expect(await facts.ask(lateBody, 'b')).toMatchObject({ ok: true })
    expect(await facts.find('0'.repeat(64))).toBeUndefined()
  })
})

describe('the log of an issuer', () => {
  let issuer: Awaited<ReturnType<typeof startIssuer>>
  let entries: FactJson[]
  const accounts = [walletOf(0xa1), walletOf(0xa2), walletOf(0xa3)]
  beforeAll(async () => {
    issuer = await startIssuer(start)
    const facts = await issuer.open()
    for (const account of accounts) {
      issuer.chain.nonces.set(account.address.toLowerCase(), 9n)
      for (const least of [1, 2])
        await facts.ask(await bodyOf(account, { condition: `txCount eip155:1 >= ${least}` }, start), 'a')
    }
    entries = (await facts.log({ after: 0, limit: 100 })).entries
  })
  afterAll(() => issuer?.close())

  const audit = (served: readonly object[], { total = served.length, key = issuerKey, page = 4 } = {}) =>
    auditLog({
      read: async (after) => ({ total, entries: served.slice(after, after + page) }),
      issuer: key,
      epoch: 2_922,
    })
  const changed = (at: number, changes: object) =>
    entries.map((entry, i) => (i === at ? { ...entry, ...changes } : entry))

  test('of an honest one nothing is wrong with', async () => {
    expect(await audit(entries)).toEqual({ entries: 6, facts: 2, chain: entries[5]!.hash, faults: [] })
    expect(await audit([])).toMatchObject({ entries: 0, faults: [] })
  })

  test('names no account, hash of a secret or hash of a person, and no account twice by the same name', async () => {
    const text = JSON.stringify(entries).toLowerCase()
    for (const { address } of accounts) expect(text).not.toContain(address.slice(2).toLowerCase())
    expect(new Set(entries.map(({ alias }) => alias)).size).toBe(6)
    expect(entries.map((entry) => Object.keys(entry))).toEqual(
      entries.map(() => ['number', 'alias', 'condition', 'epoch', 'block', 'commitment', 'r8x', 'r8y', 's', 'hash']),
    )
  })

  test.each<[string, () => readonly object[], RegExp]>([
    ['an entry left out', () => entries.filter((_, i) => i !== 2), /^Note 3: it is called 4/],
    ['two in another order', () => [entries[1]!, entries[0]!, ...entries.slice(2)], /^Note 1: it is called 2/],
    ['another commitment', () => changed(1, { commitment: '1' }), /^Note 2: the signature is not the issuer's/],
    ['another fact', () => changed(1, { condition: 'txCount eip155:1 >= 3' }), /^Note 2: the signature is not/],
    ['another epoch', () => changed(1, { epoch: 2_921 }), /^Note 2: the signature is not/],
    ['an epoch to come', () => changed(1, { epoch: 2_923 }), /^Note 2: .*\n?.*|has not begun/],
    ['another scalar', () => changed(1, { s: '1' }), /^Note 2: the signature is not/],
    [
      'a scalar that is one more time around',
      () => changed(1, { s: String(BigInt(entries[1]!.s) + BabyJubjub.Fn.ORDER) }),
      /^Note 2: the sig/,
    ],
    [
      'a coordinate that is one more time around',
      () => changed(1, { r8x: String(BigInt(entries[1]!.r8x) + FIELD_ORDER) }),
      /^Note 2: the sig/,
    ],
    ['another account', () => changed(1, { alias: 'ab'.repeat(32) }), /^Note 2: its hash does not follow/],
    ['another block', () => changed(1, { block: { ...entries[1]!.block, number: '1' } }), /^Note 2: its hash does not/],
    ['another hash', () => changed(1, { hash: '00'.repeat(32) }), /^Note 2: its hash does not follow/],
    ['no fact', () => changed(1, { condition: 'stamp 1' }), /^Note 2: Its condition is no fact/],
    ['no condition', () => changed(1, { condition: 'nonsense' }), /^Note 2: /],
    ['a number that is none', () => changed(1, { s: '0x1' }), /^Note 2: It has something else/],
    ['nothing', () => [...entries.slice(0, 1), {}], /^Note 2: /],
  ])('with %s is found out', async (_, served, fault) => {
    const { faults } = await audit(served())
    expect(faults[0]).toMatch(fault)
  })

  test('of an issuer that signs two notes of one account, fact and epoch shows that it did', async () => {
    const [first] = entries as [(typeof entries)[0]]
    const note = { ...factFromJson(first), commitment: 77n }
    const { r8x, r8y, s } = issuerKey.sign(factMessageOf(note))
    const second = { ...first, number: 7, commitment: '77', r8x: String(r8x), r8y: String(r8y), s: String(s) }
    const { faults } = await audit([...entries, second])
    expect(faults).toContain('Note 7: it is a second one of the same account, fact and epoch.')
  })

  test('of an issuer that judges an epoch by two blocks of one chain shows that it did', async () => {
    const { faults } = await audit(changed(1, { block: { number: '1', hash: `0x${'ab'.repeat(32)}` } }))
    expect(faults).toContain('Note 2: it is judged by block 1 of chain 1, and others of its epoch by another one.')
  })

  test('that counts more than it serves, or of another key, or of a key that anybody can sign for, is found out', async () => {
    expect((await audit(entries, { total: 7 })).faults).toEqual(['It counts 7 notes and serves 6.'])
    const other = createIssuerKey('08'.repeat(32))
    expect((await audit(entries, { key: other })).faults).toHaveLength(6)
    const [x, y] = [new Uint8Array(32), Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? 1 : 0))]
    const { x: r8x, y: r8y } = BabyJubjub.BASE.multiply(5n).toAffine()
    expect(isNoteSigned(1n, { r8x, r8y, s: 5n }, { x, y })).toBe(false)
  })

  test('has the class of each fact in what is signed', () => {
    const entry = factFromJson(entries[0])
    const classId = classIdOf(factClassOf(factOf(entries[0]!.condition)))
    expect(classId).toBe(classIdOf(factClassOf(entry.fact)))
    expect(isNoteSigned(factMessageOf(entry), entry.signature, issuerKey)).toBe(true)
  })
})

describe('the newest block that is old enough', () => {
  const blockOf = (number: bigint, time: number) => ({ number, hash: `0x${number.toString(16)}` as const, time })

  fcTest.prop([fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 40 }), fc.nat({ max: 130 })])(
    'is found with as many looks as the height has digits, whatever the times between blocks',
    async (gaps, until) => {
      const timeOf = (i: number) => gaps.slice(0, i + 1).reduce((sum, gap) => sum + gap, 10)
      const blocks = gaps.map((_, i) => blockOf(BigInt(i), timeOf(i)))
      const looked: bigint[] = []
      const ancestor = async (number: bigint) => {
        looked.push(number)
        return blocks[Number(number)]
      }
      const from = blocks.at(-1)!
      const expected = blocks.findLast((block) => block.time <= until)
      expect(await findBlockAt({ chain: { ancestor }, from, until })).toEqual({ ok: true, value: expected })
      expect(looked.length).toBeLessThanOrEqual(from.number.toString(2).length + 1)
    },
  )

  test('is not looked for among blocks that an endpoint has not, nor after it is given up', async () => {
    const from = blockOf(100n, 1_000)
    const chain = { ancestor: async (number: bigint) => (number > 40n ? undefined : blockOf(number, Number(number))) }
    expect(await findBlockAt({ chain, from, until: 500 })).toMatchObject({ code: 'fact.block-unavailable' })
    const none = { ancestor: async () => undefined }
    expect(await findBlockAt({ chain: none, from, until: 500 })).toMatchObject({ code: 'fact.block-unavailable' })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(findBlockAt({ chain, from, until: 10, signal })).rejects.toThrow('enough')
  })
})

describe('the queue of facts', () => {
  const bounds = { running: 2, ofCaller: 4, overall: 6 }
  /** Tasks that end when a test says so. */
  function createTasks() {
    const ends: (() => void)[] = []
    const order: string[] = []
    return {
      order,
      task: (name: string) => () => {
        order.push(name)
        return new Promise<string>((resolve) => ends.push(() => resolve(name)))
      },
      async endAll() {
        while (ends.length > 0) {
          ends.shift()?.()
          await new Promise(setImmediate)
        }
      },
    }
  }

  test('looks up two at a time, and next one of whoever has fewest under way', async () => {
    const queue = createFactQueue(bounds)
    const { task, order, endAll } = createTasks()
    const answers = ['a1', 'a2', 'a3', 'b1', 'b2'].map((name) => queue.run(name.charAt(0), task(name)))
    await new Promise(setImmediate)
    expect([order, queue.held()]).toEqual([['a1', 'a2'], 5])
    await endAll()
    expect(await Promise.all(answers)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2'])
    expect(order.slice(0, 3)).toEqual(['a1', 'a2', 'b1'])
    expect(queue.held()).toBe(0)
  })

  test('one caller cannot fill it: the newest of whoever holds most gives way', async () => {
    const queue = createFactQueue(bounds)
    const { task, endAll } = createTasks()
    const answers = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2'].map((name) => queue.run(name.charAt(0), task(name)))
    expect(await queue.run('a', task('a5'))).toMatchObject({ code: 'rate.limited' })
    const late = [queue.run('c', task('c1')), queue.run('d', task('d1'))]
    await endAll()
    expect(await Promise.all([...answers, ...late])).toEqual([
      'a1',
      'a2',
      expect.objectContaining({ code: 'rate.limited' }),
      expect.objectContaining({ code: 'rate.limited' }),
      'b1',
      'b2',
      'c1',
      'd1',
    ])
  })

  test('where all hold as little as who comes, who comes is refused; a task that fails gives its place back', async () => {
    const queue = createFactQueue({ ...bounds, overall: 2 })
    const { task, endAll } = createTasks()
    const running = [queue.run('a', task('a')), queue.run('b', () => Promise.reject(new Error('it failed')))]
    expect(await queue.run('c', task('c'))).toMatchObject({ code: 'rate.limited' })
    await expect(running[1]).rejects.toThrow('it failed')
    await endAll()
    expect(await running[0]).toBe('a')
    expect(queue.held()).toBe(0)
  })
})
