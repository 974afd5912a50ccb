import { describe, expect, test } from 'vitest'
import type { Storage } from '../../../sdk/client/session/options.ts'
import { type Block, blockName, type Envelope } from '../../../sdk/codec/index.ts'
import { type Address, addressToBytes } from '../../../sdk/crypto/index.ts'
import { isBlocked } from '../../../sdk/verifier/index.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { createDice } from '../../helpers/dice.ts'
import { createMemoryAccount, type MemoryAccount } from '../../helpers/memory-account.ts'
import { createVirtualTime } from '../../helpers/virtual-time.ts'

// What the node sees of blocks is the list, version by version: it knows each salt, and tries all that it has ever seen.

const start = 1_750_000_000
const peers = Array.from({ length: 4 }, (_, i) => walletOf(0x10 + i).address)
const day = 86_400
const copySeconds = 600

/** An account in its own time, whose peers have shown a pseudonym each, some of them two. */
function begin(seed: string | number) {
  const dice = createDice(`blocks ${seed}`)
  const time = createVirtualTime(start)
  const account = createMemoryAccount({ time, dice: dice.fork('node') })
  const tags = new Map(peers.map((peer, i) => [peer, Array.from({ length: i % 3 }, () => dice.bytes(32))]))
  const tagsOf = (peer: Address) => tags.get(peer) ?? []
  return {
    dice,
    time,
    account,
    tagsOf,
    client: (seconds: number, kept?: Storage) => account.client(seconds, tagsOf, kept),
  }
}

type Story = ReturnType<typeof begin>

/** All that a node may have seen of a peer; of serials, those of connections that could have been granted first. */
function seenOf({ client, tagsOf }: Story, peer: Address): Block[] {
  const { connections, close } = client(0)
  const serials: Block[] = []
  for (let i = 0; i < 4; i++) {
    const value = connections.serialOf(peer, serials)
    if (value) serials.push({ kind: 'connection', value })
  }
  close()
  const wallet: Block = { kind: 'wallet', value: addressToBytes(peer) }
  return [...tagsOf(peer).map((value): Block => ({ kind: 'tag', value })), ...serials, wallet]
}

/** What of a peer was there and is not any more, and the other way round, from version to version. */
function changesOf({ lists }: MemoryAccount, seen: readonly Block[]) {
  const there = lists.map(({ list }) => new Set<string>(seen.filter((block) => isBlocked(list, block)).map(blockName)))
  return there.map((now, i) => ({
    at: lists[i]!.at,
    names: [...now.symmetricDifference(there[i - 1] ?? new Set<string>())],
  }))
}

/** The list says of an account what the consents say, by its pseudonyms and by its wallet. */
function expectSame(story: Story, peer: Address, word: string): void {
  const list = story.account.lists.at(-1)?.list
  for (const block of seenOf(story, peer).filter(({ kind }) => kind !== 'connection'))
    expect(isBlocked(list, block), block.kind).toBe(word === 'denied')
}

const correlation = (pairs: readonly (readonly [number, number])[]): number => {
  const mean = (i: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[i], 0) / pairs.length
  const [a, b] = [mean(0), mean(1)]
  const sum = (of: (x: number, y: number) => number) => pairs.reduce((all, [x, y]) => all + of(x - a, y - b), 0)
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y))
}

describe('the list of blocks', () => {
  async function act({ dice, time }: Story, clients: readonly ReturnType<Story['client']>[]) {
    const { blocking } = dice.pick(clients)
    const kind = dice.fraction() < 0.65 ? 'block' : 'allow'
    expect(await time.drive(blocking[kind](dice.pick(peers)))).toMatchObject({ ok: true })
    await time.advance(dice.exponential(200))
  }

  /** Three runs of two clients, each cut off in the middle of what it does, and one that has time. */
  async function live(story: Story) {
    const { time, client } = story
    for (let run = 0; run < 3; run++) {
      const clients = [client(copySeconds), client(copySeconds)]
      for (let i = 0; i < 4; i++) await act(story, clients)
      for (const { close } of clients) close()
    }
    const last = client(copySeconds)
    await time.advance(day)
    last.close()
    return last.consents
  }

  test('never gains or loses two things of one peer in one version, whoever is blocked, unblocked and cut off when', async () => {
    for (let seed = 0; seed < 16; seed++) {
      const story = begin(seed)
      const consents = await live(story)
      for (const peer of peers) {
        const most = Math.max(...changesOf(story.account, seenOf(story, peer)).map(({ names }) => names.length))
        expect(most, `seed ${seed}`).toBeLessThanOrEqual(1)
        expectSame(story, peer, consents.of(peer))
      }
      expect(story.account.blocks().filter(({ due }) => due)).toEqual([])
    }
  })

  test('gains the pseudonym at once, and the rest at times that say nothing of when that was', async () => {
    const [gaps, pairs]: [number[], [number, number][]] = [[], []]
    for (let seed = 0; seed < 120; seed++) {
      const story = begin(`times ${seed}`)
      const { dice, time, account, client } = story
      const { blocking, close } = client(copySeconds)
      await time.advance(day / 4 + dice.exponential(3000)) // what an earlier run has left is seen to by then
      const asked = time.now()
      await time.drive(blocking.block(peers[1]!))
      await time.advance(day)
      close()
      const times = changesOf(account, seenOf(story, peers[1]!)).filter(({ names }) => names.length > 0)
      expect(times.map(({ names }) => names[0]?.split(' ')[0]).sort()).toEqual(['connection', 'tag', 'wallet'])
      expect(times[0]?.names[0]).toMatch(/^tag/)
      expect(times[0]!.at - asked).toBeLessThan(2)
      const [second, third] = times.slice(1).sort((a, b) => (a.names[0]! < b.names[0]! ? -1 : 1))
      gaps.push(second!.at - asked, third!.at - asked)
      pairs.push([second!.at - asked, third!.at - asked])
    }
    // Exponential with a mean of ten minutes: the deviation is as large as the mean, a third is over within four minutes.
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length)
    expect(mean).toBeGreaterThan(480)
    expect(mean).toBeLessThan(720)
    expect(deviation / mean).toBeGreaterThan(0.75)
    expect(deviation / mean).toBeLessThan(1.25)
    expect(gaps.filter((gap) => gap < 243).length / gaps.length).toBeCloseTo(1 / 3, 1)
    expect(Math.abs(correlation(pairs))).toBeLessThan(0.25)
  })

  test('gets what a run had no time for from a later one', async () => {
    const story = begin('cut off')
    const { time, account, client } = story
    const first = client(copySeconds)
    await time.drive(first.blocking.block(peers[1]!))
    first.close()
    await time.advance(day)
    const seen = seenOf(story, peers[1]!)
    const kinds = () => changesOf(account, seen).flatMap(({ names }) => names.map((name) => name.split(' ')[0]))
    expect(kinds()).toEqual(['tag'])
    const next = client(copySeconds)
    await time.advance(day)
    next.close()
    expect(kinds().sort()).toEqual(['connection', 'tag', 'wallet'])
  })
})

describe('two clients of one account', () => {
  test('of which one blocks and one allows end with the last word of the consents, in lists and for every client', async () => {
    const ends = { denied: 0, allowed: 0 }
    for (let seed = 0; seed < 60; seed++) {
      const story = begin(`race ${seed}`)
      const { dice, time, client } = story
      const [one, other] = [client(0), client(0)]
      const peer = peers[1 + (seed % 2)]!
      if (seed % 3 === 0) await time.drive(one.blocking.block(peer))
      const wait = async (step: () => Promise<unknown>) => {
        await time.sleep(dice.below(700))
        await step()
      }
      const both = [wait(() => one.blocking.block(peer)), wait(() => other.blocking.allow(peer))]
      await time.drive(Promise.all(both))
      await time.drive(Promise.all([one.consents.sync(), other.consents.sync()]))
      const word = one.consents.of(peer)
      expect(other.consents.of(peer)).toBe(word)
      ends[word as keyof typeof ends]++
      expectSame(story, peer, word)
    }
    expect(ends.denied).toBeGreaterThan(10)
    expect(ends.allowed).toBeGreaterThan(10)
  })

  test('never lose a block to a peer being allowed because it was written to', async () => {
    let late = 0
    for (let seed = 0; seed < 60; seed++) {
      const { dice, time, client } = begin(`implied ${seed}`)
      const [one, other] = [client(0), client(0)]
      const peer = peers[0]!
      const wait = async (step: () => Promise<unknown>) => {
        await time.sleep(dice.below(300))
        await step()
      }
      const both = [wait(() => one.blocking.block(peer)), wait(() => other.consents.allowIfUnknown(peer))]
      await time.drive(Promise.all(both))
      const third = client(0)
      await time.drive(third.consents.sync())
      expect(third.consents.of(peer), `seed ${seed}`).toBe('denied')
      late += other.consents.of(peer) === 'denied' ? 1 : 0
    }
    expect(late).toBeGreaterThan(0)
  })

  test('lose none either where the client that has written ends before it has looked again', async () => {
    let allowed = 0
    for (let seed = 0; seed < 60; seed++) {
      const { dice, time, client } = begin(`ended ${seed}`)
      const [one, other, third] = [client(0), client(0), client(0)]
      const peer = peers[0]!
      const ending = new AbortController()
      const end = () => time.sleep(dice.below(800)).then(() => ending.abort(new Error('ended')))
      const noted = other.consents.allowIfUnknown(peer, ending.signal).catch(() => undefined)
      const block = () => time.sleep(dice.below(300)).then(() => one.consents.set('denied', [peer]))
      await time.drive(Promise.all([end(), noted, block()]))
      await time.drive(third.consents.sync())
      expect(third.consents.wordOn(peer), `seed ${seed}`).toBe('denied')
      allowed += third.consents.allowancesOf(peer)
    }
    expect(allowed).toBeGreaterThan(10)
  })

  test('that block others at the same moment both get all of it', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const story = begin(`both ${seed}`)
      const { time, account, client } = story
      const clients = peers.map(() => client(0))
      const done = await time.drive(Promise.all(clients.map(({ blocking }, i) => blocking.block(peers[i]!))))
      for (const answer of done) expect(answer).toMatchObject({ ok: true })
      const list = account.lists.at(-1)?.list
      for (const peer of peers) expect(isBlocked(list, { kind: 'wallet', value: addressToBytes(peer) })).toBe(true)
    }
  })
})

describe('a node that lies about the account to its own clients', () => {
  const peer = peers[1]!
  const isConsent = ({ contentTopic }: Envelope) => contentTopic.includes('userpreferences-')
  const isList = ({ contentTopic }: Envelope) => contentTopic.includes('/blocks-')
  const none = (hides: (envelope: Envelope) => boolean) => (envelope: Envelope) => (hides(envelope) ? [] : [envelope])
  const inTheList = ({ account }: Story) => isBlocked(account.lists.at(-1)!.list, wallet)
  const wallet: Block = { kind: 'wallet', value: addressToBytes(peer) }

  function memory() {
    const kept = new Map<string, Uint8Array>()
    return {
      get: async (key: string) => kept.get(key),
      set: async (key: string, value: Uint8Array) => void kept.set(key, value),
    }
  }

  /** A run of a client that has time, at a node that shows what it likes. */
  async function run({ account, time, client }: Story, show: (envelope: Envelope) => Envelope[]) {
    account.lie.show = show
    const one = client(copySeconds)
    await time.advance(day)
    one.close()
    account.lie.show = (envelope) => [envelope]
    return one
  }

  /** Blocked, allowed and blocked again, as the last word of three. */
  async function blockTwice(story: Story) {
    const one = story.client(copySeconds)
    await story.time.drive(one.blocking.block(peer))
    await story.time.drive(one.blocking.allow(peer))
    await story.time.advance(day)
    await story.time.drive(one.blocking.block(peer))
    await story.time.advance(day)
    one.close()
  }

  test.each<[string, (consents: Envelope[]) => (envelope: Envelope) => Envelope[]]>([
    ['hides all of the consents', () => none(isConsent)],
    ['hides the last word', (consents) => none((one) => one.message === consents.at(-1)!.message)],
    [
      'shows the word before as the last, and as many',
      (consents) => (one) =>
        one.message === consents.at(-2)!.message
          ? [0n, 1n, 2n].map((more) => ({ ...one, timestampNs: one.timestampNs + 10n ** 15n + more }))
          : [one],
    ],
  ])('undoes no block when it %s during a run', async (_, lie) => {
    const story = begin('lie')
    await blockTwice(story)
    const consents: Envelope[] = []
    await run(story, (one) => {
      if (isConsent(one) && !consents.includes(one)) consents.push(one)
      return [one]
    })
    expect(consents).toHaveLength(3)
    const liedTo = await run(story, lie(consents))
    expect(inTheList(story)).toBe(true)
    expect(liedTo.consents.of(peer)).toBe('denied')
    const later = await run(story, (one) => [one])
    expect([inTheList(story), later.consents.of(peer)]).toEqual([true, 'denied'])
  })

  test('undoes no block while that is made', async () => {
    const story = begin('replay')
    const { account, time, client } = story
    const one = client(copySeconds)
    await time.drive(one.blocking.allow(peer))
    account.lie.show = (shown) =>
      isConsent(shown) ? [{ ...shown, timestampNs: shown.timestampNs + 10n ** 15n }] : [shown]
    expect(await time.drive(one.blocking.block(peer))).toMatchObject({ ok: true })
    await time.advance(day)
    expect([inTheList(story), one.consents.of(peer)]).toEqual([true, 'denied'])
  })

  test.each([
    ['looks again', Number.POSITIVE_INFINITY],
    ['ends before it has looked again, and another one has time', 800],
  ])('undoes none with what another client has noted meanwhile, where that one %s', async (_, most) => {
    let noted = 0
    for (let seed = 0; seed < 40; seed++) {
      const story = begin(`meanwhile ${seed}`)
      const { account, dice, time, client } = story
      const [one, other] = [client(0), client(0)]
      const ending = new AbortController()
      const end = most > 1000 ? undefined : time.sleep(dice.below(most)).then(() => ending.abort(new Error('ended')))
      const allow = () => other.consents.allowIfUnknown(peer, ending.signal).catch(() => undefined)
      const both = [one.blocking.block(peer), time.sleep(dice.below(600)).then(allow), end]
      await time.drive(Promise.all(both))
      if (end) await run(story, (shown) => [shown])
      account.lie.show = (shown) =>
        isConsent(shown) ? [{ ...shown, timestampNs: 4n * 10n ** 18n - shown.timestampNs }] : [shown] // the last comes first
      const third = client(0)
      await time.drive(third.consents.sync())
      expect(third.consents.of(peer), `seed ${seed}`).toBe('denied')
      noted += third.consents.allowancesOf(peer)
    }
    expect(noted).toBeGreaterThan(5)
  })

  test('keeps nobody from unblocking, whatever of the consents it hides', async () => {
    const story = begin('unblock')
    await blockTwice(story)
    story.account.lie.show = none(isConsent)
    const one = story.client(copySeconds)
    expect(await story.time.drive(one.blocking.allow(peer))).toEqual({ ok: true })
    await story.time.advance(day)
    expect([inTheList(story), one.consents.of(peer)]).toEqual([false, 'allowed'])
  })

  test('that hides the consents and the list is noticed by a device that remembers, and has it show nothing', async () => {
    const story = begin('memory')
    const kept = memory()
    const { account, time, client } = story
    const first = client(copySeconds, kept)
    await time.drive(first.blocking.block(peer))
    await time.advance(day)
    await time.drive(first.consents.sync())
    expect(first.told).toEqual([])
    first.close()
    account.lie.show = none((one) => isConsent(one) || isList(one))
    for (const [device, word, told] of [
      [client(0, kept), 'denied', ['blocks.went-back', 'consents.went-back']],
      [client(0, memory()), 'unknown', []],
    ] as const) {
      for (let i = 0; i < 2; i++) await time.drive(device.consents.sync())
      expect([device.consents.of(peer), [...new Set(device.told)].sort()]).toEqual([word, told])
      expect(device.told.filter((code) => code === 'consents.went-back').length).toBeLessThanOrEqual(1) // said once
    }
  })

  test('that shows a list of a version out of reach is noticed, and has it remember nothing', async () => {
    const story = begin('jump')
    const { account, time, client } = story
    const kept = memory()
    const one = client(0, kept)
    await time.drive(one.blocking.block(peer))
    const far = account.listOf(2n ** 53n)
    account.lie.show = (shown) => (isList(shown) ? [{ ...shown, message: far }] : [shown])
    await time.drive(one.consents.sync())
    expect([one.consents.of(peer), one.told]).toEqual(['denied', ['blocks.jumped']])
    account.lie.show = (shown) => [shown]
    for (const device of [one, client(0, kept)]) {
      expect(await time.drive(device.blocking.allow(peer))).toEqual({ ok: true })
      expect(await time.drive(device.blocking.block(peer))).toMatchObject({ ok: true })
    }
  })

  test('that shows a list and no consents tells a new device enough', async () => {
    const story = begin('list alone')
    await blockTwice(story)
    story.account.lie.show = none(isConsent)
    const fresh = story.client(0)
    await story.time.drive(fresh.consents.sync())
    expect(fresh.consents.of(peer)).toBe('denied')
  })
})

describe('a block', () => {
  test('goes when another client of the account, or a stock one, allows the peer later', async () => {
    const story = begin('stock')
    const { account, time, client } = story
    const one = client(copySeconds)
    await time.drive(one.blocking.block(peers[1]!))
    await time.advance(day)
    one.close()
    const stock = client(0)
    await time.drive(stock.consents.sync())
    await time.drive(stock.consents.set('allowed', [peers[1]!]))
    const next = client(copySeconds)
    await time.advance(day)
    next.close()
    expect(next.consents.of(peers[1]!)).toBe('allowed')
    expect(isBlocked(account.lists.at(-1)!.list, { kind: 'wallet', value: addressToBytes(peers[1]!) })).toBe(false)
  })
})

describe('blocking where nothing waits', () => {
  const peer = peers[2]!
  test.each(['block', 'allow'] as const)(
    'ends within its signal, wherever the node stops to answer: %s',
    async (act) => {
      const reason = new Error('enough')
      let ended = 0
      for (let answers = 0; ; answers++) {
        const story = begin('signal')
        const { account, time, client } = story
        const one = client(0)
        if (act === 'allow') await time.drive(one.blocking.block(peer))
        account.lie.answers = answers
        const ending = new AbortController()
        const done = one.blocking[act](peer, ending.signal)
        const end = done.then(
          () => 'done',
          (error) => error,
        )
        await time.advance(60)
        ending.abort(reason)
        const found = await Promise.race([end, new Promise((resolve) => setTimeout(() => resolve('hung'), 500))])
        if (found === 'done') break
        expect(found, `after ${answers} answers`).toBe(reason)
        ended++
      }
      expect(ended).toBeGreaterThan(10)
    },
  )
})
