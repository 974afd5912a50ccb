import { beforeEach, describe, expect, test } from 'vitest'
import { makeLane, type OwnLane, useOfLane } from '../../../sdk/client/lanes/lane.ts'
import { Inbox } from '../../../sdk/client/mailbox/inbox.ts'
import type { ClientEvent } from '../../../sdk/client/session/events.ts'
import {
  conditionToMessage,
  digestEnvelope,
  encodeEnvelopeEvidence,
  encodeLaneEvidence,
  envelopeStatement,
  type LetterInit,
  ownedTopic,
  type PaymentPlace,
  placeToMessage,
} from '../../../sdk/codec/index.ts'
import { addressToBytes, networkIdOf, randomBytes, signEd25519, walletHolder } from '../../../sdk/crypto/index.ts'
import type { Keyring } from '../../../sdk/identity/index.ts'
import { createSealedKeys, sealLetter } from '../../../sdk/letters/index.ts'
import { type Condition, parseRule } from '../../../sdk/policy/index.ts'
import type { TaggedEnvelope } from '../../../sdk/transport/index.ts'
import { randomConversation, sealInvitation } from '../../../sdk/xmtp/index.ts'
import { keyringOf } from '../../helpers/accounts.ts'
import { createMemoryLog, openLog } from '../../helpers/memory-log.ts'
import { pay, token } from '../../helpers/payments.ts'

// What bob can settle, by what letters say and nodes hand over. Each may be silent, or lie.

const [alice, bob, mallory] = await Promise.all([keyringOf(0xa1), keyringOf(0xb0), keyringOf(0x66)])
const sealedKeys = createSealedKeys(bob.identity.keys.identityKey.secret)
const [sealed, invite] = [ownedTopic('sealed', bob.identity.address), ownedTopic('invite', bob.identity.address)]
const network = { id: networkIdOf('n'), decimals: 17 } as never
let stored: TaggedEnvelope[]
let events: ClientEvent[]
let time = 1_750_000_000_000_000_000n

const node = {
  async *query({ contentTopics }: { contentTopics: readonly string[] }) {
    yield { envelopes: stored.filter(({ contentTopic }) => contentTopics.includes(contentTopic)) }
  },
}

/** A client of bob's that has read everything. */
async function read(memory = createMemoryLog()): Promise<Inbox> {
  const inbox = new Inbox({
    keyring: bob,
    sealedKeys,
    network,
    log: openLog(memory),
    copies: { keep: async () => true, catchUp: async () => undefined } as never,
    signal: new AbortController().signal,
    tell: (event) => void events.push(event),
    named: node as never,
  })
  await inbox.sync()
  return inbox
}

beforeEach(() => {
  stored = []
  events = []
})

type Paid = { readonly lane: OwnLane; readonly use: Uint8Array; readonly place: PaymentPlace }

/** A payment to bob for a lane, whose amount tells it from others. */
function paidFor(bond: number, fields: { lane?: OwnLane; recipient?: Uint8Array } = {}): Paid {
  const terms = { topic: sealed, units: 16, expiresAt: 1_750_003_600n }
  const { lane = makeLane(randomBytes(32), terms), recipient = addressToBytes(bob.identity.address) } = fields
  const use = useOfLane(networkIdOf('n'), lane)
  return { lane, use, place: pay({ use, recipient, bond: BigInt(bond) * token }).place }
}

type Met = NonNullable<Parameters<typeof encodeLaneEvidence>[0]['met']>

/** What the node hands over beside an envelope: what was paid for the lane that has published it. */
function handed(
  { lane, use }: Paid,
  places: readonly PaymentPlace[],
  envelope: TaggedEnvelope,
  met: Met = [],
): Uint8Array {
  const { holder, units, expiresAt, key } = lane
  const statement = envelopeStatement(use, { counter: 1, ...envelope, digest: digestEnvelope(envelope) })
  const payments = places.map(placeToMessage)
  return encodeEnvelopeEvidence({
    lane: encodeLaneEvidence({ holder, units, expiresAt, payments, met }),
    counter: 1,
    signature: signEd25519(statement, key),
  })
}

type Sent = {
  from?: Keyring
  keys?: ReturnType<typeof randomConversation>
  says?: Paid | undefined
  tags?: { node?: Uint8Array; letter?: Uint8Array }
  hands?: (envelope: TaggedEnvelope) => Uint8Array | undefined
}

/** A letter to bob as the node has it. */
function put({ from = alice, keys = randomConversation(), says, hands, tags = {} }: Sent): TaggedEnvelope {
  const invitation = sealInvitation(from, bob.identity.bundle, { invitation: keys, createdNs: time++ })
  const paid = says && { payment: placeToMessage(says.place), paymentUse: says.use }
  const letter: LetterInit = { invitation, ...paid, ...(tags.letter && { tag: tags.letter }) }
  const message = sealLetter(letter, { topic: sealed, ...sealedKeys.newest() }, randomBytes)
  const envelope = { contentTopic: sealed, timestampNs: time++, message }
  const whole = { ...envelope, evidence: hands?.(envelope), tag: tags.node }
  stored.push(whole)
  return whole
}

/** The bonds that bob can decide on, of a conversation with somebody; `!` where the lane is proven to be the letter's. */
function bondsWith({ identity }: Keyring, inbox: Inbox): string[] {
  const thread = inbox.threads().find(({ peer }) => peer === identity.address)
  const payments = inbox.paymentsOf(thread ?? expect.fail('There is no conversation.'))
  return payments.map(({ place, isProven }) => `${place.terms.bond / token}${isProven ? '!' : ''}`)
}

const wrong = { kind: 'skipped', what: 'evidence', code: 'evidence.not-for-this' }

describe('what was paid for a letter', () => {
  const [true2, other5, nodes9] = [paidFor(2), paidFor(5), paidFor(9)]
  const isFor = (paid: Paid, ...more: Paid[]) => {
    return (envelope: TaggedEnvelope) =>
      handed(
        paid,
        [paid, ...more].map(({ place }) => place),
        envelope,
      )
  }
  const stranger = paidFor(7, { recipient: addressToBytes(mallory.identity.address) })

  test.each<[string, Sent, string[], unknown[]]>([
    ['both say', { says: true2, hands: isFor(true2) }, ['2!'], []],
    ['the letter leaves out', { hands: isFor(true2) }, ['2!'], []],
    ['the letter says otherwise', { says: other5, hands: isFor(true2) }, ['2!', '5'], []],
    ['the letter says of somebody else', { says: stranger, hands: isFor(true2) }, ['2!'], []],
    ['the node hides', { says: true2 }, ['2'], []],
    ['the node takes from another letter', { says: true2, hands: () => isFor(other5)({ ...put({}) }) }, ['2'], [wrong]],
    ['the node has signed itself', { says: true2, hands: isFor(nodes9) }, ['9!', '2'], []],
    ['the node makes up', { says: true2, hands: () => randomBytes(99) }, ['2'], [wrong]],
    ['the node says of somebody else', { says: true2, hands: isFor(stranger) }, ['2'], [wrong]],
    ['nobody says', {}, [], []],
    ['the letter leaves out, and the node makes up', { hands: () => randomBytes(99) }, [], [wrong]],
  ])('that %s', async (_, sent, expected, told) => {
    put({ ...sent, from: mallory })
    const inbox = await read()
    expect(bondsWith(mallory, inbox)).toEqual(expected)
    expect(events).toEqual(told)
    await inbox.sync()
    expect(bondsWith(mallory, inbox)).toEqual(expected)
    expect(bondsWith(mallory, await read())).toEqual(expected)
  })

  test('is all that has opened its lane', async () => {
    const second = paidFor(3, { lane: true2.lane })
    put({ hands: isFor(true2, second) })
    expect(bondsWith(alice, await read())).toEqual(['2!', '3!'])
  })

  test('and for the next ones of the conversation counts, though only the first is shown', async () => {
    const keys = randomConversation()
    put({ keys, says: true2 })
    put({ keys, hands: isFor(other5) })
    expect(bondsWith(alice, await read())).toEqual(['5!', '2'])
  })

  test.each(['before', 'after'])(
    'is not decided on with the letter of another, who names it %s it came',
    async (when) => {
      const theft = () => put({ from: mallory, says: true2, hands: isFor(other5) })
      if (when === 'before') theft()
      put({ says: true2, hands: isFor(true2) })
      if (when === 'after') theft()
      const inbox = await read()
      expect(bondsWith(alice, inbox)).toEqual(['2!'])
      expect(bondsWith(mallory, inbox)).toEqual(['5!'])
    },
  )

  test('is in the account’s log once it is answered, for when the node has the letter no more', async () => {
    const memory = createMemoryLog()
    const log = openLog(memory)
    const invitation = sealInvitation(alice, bob.identity.bundle, {
      invitation: randomConversation(),
      createdNs: time++,
    })
    const payments = [true2, stranger, other5].map(({ place, use }) => ({ place: placeToMessage(place), use }))
    await log.append({ case: 'accepted', value: { invitation, payments } })
    expect(bondsWith(alice, await read(memory))).toEqual(['2', '5'])
  })
})

describe('what was paid for an invitation', () => {
  const { address } = mallory.identity
  const lane = (wallet: string) => ({ ...paidFor(1).lane, topic: invite, holder: walletHolder(addressToBytes(wallet)) })

  test.each([
    ['by the wallet that has written it, can be settled', address, ['2!'], []],
    ['by another wallet is another’s', alice.identity.address, [], [wrong]],
  ])('%s', async (_, wallet, expected, told) => {
    const paid = paidFor(2, { lane: lane(wallet) })
    const message = sealInvitation(mallory, bob.identity.bundle, { invitation: randomConversation(), createdNs: time })
    const envelope = { contentTopic: invite, timestampNs: time++, message }
    const { holder, units, expiresAt } = paid.lane
    const payments = [placeToMessage(paid.place)]
    const shown = encodeEnvelopeEvidence({ lane: encodeLaneEvidence({ holder, units, expiresAt, payments }) })
    stored.push({ ...envelope, evidence: shown })
    expect(bondsWith(mallory, await read())).toEqual(expected)
    expect(events).toEqual(told)
  })
})

describe('what else was shown for a letter', () => {
  const met = (evidence: string, rule: string) => [
    { condition: conditionToMessage(parseRule(rule) as Condition), evidence },
  ]
  const says =
    (...all: ReturnType<typeof met>) =>
    () =>
      encodeEnvelopeEvidence({ lane: encodeLaneEvidence({ met: all }) })
  const tag = randomBytes(32)

  /** What bob sees of what alice has shown, whatever her letter and the node say. */
  async function seen(hands: () => Uint8Array, tags: { node?: Uint8Array; letter?: Uint8Array } = {}) {
    put({ hands, tags })
    const inbox = await read()
    const [thread] = inbox.threads()
    return thread && inbox.evidenceOf(thread).map(({ text, evidence, isProven }) => `${text}: ${evidence}${isProven}`)
  }

  test('is what the node says, which has seen it, each condition once', async () => {
    const hands = says(...met('work', 'request'), ...met('work', 'work 8'), ...met('work', 'request'))
    expect(await seen(hands)).toEqual(['request: workfalse', 'work 8: workfalse'])
    expect(events).toEqual([])
  })

  test.each<[string, () => Uint8Array, Parameters<typeof seen>[1], unknown]>([
    ['a true stamp', says(...met('ticket', 'stamp 1')), { node: tag, letter: tag }, ['stamp 1: ticketfalse']],
    ['a node that makes a stamp of a request', says(...met('ticket', 'stamp 1')), {}, []],
    ['a node that makes a request of a stamp', says(...met('work', 'request')), { node: tag, letter: tag }, []],
    ['a node that makes up the pseudonym too', says(...met('ticket', 'stamp 1')), { node: tag }, undefined],
    ['a sender that claims a stamp', says(...met('work', 'request')), { letter: tag }, undefined],
  ])('from %s', async (_, hands, tags, expected) => {
    expect(await seen(hands, tags)).toEqual(expected)
    expect(events.length > 0).toBe(!(Array.isArray(expected) && expected.length > 0))
  })

  test('is proven where it was paid', async () => {
    const paid = paidFor(2)
    put({
      hands: (envelope) => handed(paid, [paid.place], envelope, met('payment', 'bond 2')),
    })
    const inbox = await read()
    expect(inbox.evidenceOf(inbox.threads()[0]!)).toMatchObject([{ text: 'bond 20', isProven: true }])
    expect(bondsWith(alice, inbox)).toEqual(['2!'])
  })

  test('is nobody else’s', async () => {
    put({ hands: says(...met('work', 'request')) })
    put({ from: mallory })
    const inbox = await read()
    const all = inbox.threads().map((thread) => [thread.peer, inbox.evidenceOf(thread).length])
    expect(all).toEqual([
      [alice.identity.address, 1],
      [mallory.identity.address, 0],
    ])
  })
})
