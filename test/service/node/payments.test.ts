import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownedTopic, type PaymentPlaceInit } from '../../../sdk/codec/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { blocksEnvelope } from '../../helpers/blocks.ts'
import {
  envelope,
  laneEnvelope,
  laneFields,
  makeAccount,
  makeHolder,
  makeStampNode,
  type TestAccount,
} from '../../helpers/node.ts'
import { enter, pay, sender } from '../../helpers/payments.ts'
import { recipient } from '../../helpers/world.ts'

const now = Math.floor(Date.now() / 1000)
let bob: TestAccount
let node: Awaited<ReturnType<typeof makeStampNode>>
let lanes: ReturnType<typeof paidLane>[]
let entered: ReturnType<typeof enter>

/** A lane on bob's letters for a holder, and what was paid for it. */
function paidLane(byte: number, deliverBy = now + 3600) {
  const { holder, seed } = makeHolder(byte)
  const lane = laneFields(ownedTopic('sealed', bob.address), holder)
  return { lane, seed, paid: pay({ use: lane.use, deliverBy: BigInt(deliverBy) }) }
}

beforeAll(async () => {
  bob = await makeAccount(0xb0)
  expect(bob.bytes).toEqual(recipient)
  lanes = [paidLane(1), paidLane(2), paidLane(3), paidLane(4, now - 60)]
  entered = enter(...lanes.map(({ paid }) => paid))
  const { classes, root, roots, trees, operations } = entered.view.latest
  const defaultRule = parseRule('postage 3 and bond 2')
  const terms = { defaultRule, rateLimits: 'on' } as const
  node = await makeStampNode(terms, { classes, root, roots, trees, operations }, { clock: () => now })
})
afterAll(() => node.close())

/** The floor and the connection come first. */
const request = (i: number, tampered = false) => {
  const { lane } = lanes[i]!
  const { place, leafIndex, ...tree } = entered.payment(i)
  const value = { place, ...tree, leafIndex: tampered ? leafIndex ^ 1 : leafIndex }
  return { ...lane, evidence: [{ condition: 2, also: [3], kind: { case: 'payment' as const, value } }] } as never
}

const paidBy = (place: PaymentPlaceInit) => {
  const value = { ...entered.payment(0), place }
  return { condition: 2, also: [3], kind: { case: 'payment' as const, value } }
}

describe('a payment', () => {
  test('opens its lane, again and again the same, and one letter goes through', async () => {
    const { lane, seed } = lanes[0]!
    const first = await node.openLane(request(0))
    expect(first.status).toBe(201)
    const again = await node.openLane(request(0))
    expect([again.status, again.bytes]).toEqual([200, first.bytes])
    const publish = (counter: number) =>
      node.publishLane(laneEnvelope({ ...lane, seed }, counter, envelope(lane.topic)))
    expect((await publish(1)).status).toBe(200)
    expect((await publish(2)).json.code).toBe('lane.used-up')
  })

  test('is what its grant is repeated for, and nothing else is', async () => {
    const own = request(0) as { evidence: [{ kind: { value: { place: PaymentPlaceInit } } }] }
    const { place } = own.evidence[0].kind.value
    const others = [[], (request(1) as typeof own).evidence, [paidBy({ ...place, salt: new Uint8Array(32) })]]
    const codes = others.map(async (evidence) => (await node.openLane({ ...own, evidence } as never)).json.code)
    expect(await Promise.all(codes)).toEqual(Array(3).fill('lane.opened'))
    const moved = { ...paidBy(place).kind.value, leafIndex: 9, treeRoot: new Uint8Array(32) } // as in a newer tree
    const again = { condition: 2, also: [3], kind: { case: 'payment', value: moved } }
    expect((await node.openLane({ ...own, evidence: [again] } as never)).status).toBe(200)
  })

  test('that is over opens nothing', async () => {
    expect((await node.openLane(request(3))).json.code).toBe('payment.out-of-date')
  })

  test('by somebody who is blocked opens nothing, and a lane that is open carries nothing more', async () => {
    const { lane, seed } = lanes[1]!
    expect((await node.openLane(request(1))).status).toBe(201)
    await node.publish(bob, blocksEnvelope(bob, { version: 1n, wallets: [sender] }))
    const sent = laneEnvelope({ ...lane, seed }, 1, envelope(lane.topic))
    expect((await node.publishLane(sent)).json.code).toBe('policy.blocked')
    expect((await node.openLane(request(2))).json.code).toBe('policy.blocked')
  })

  test('that is not in the tree counts against its caller', async () => {
    const asked = request(2, true)
    for (let i = 0; i < 20; i++) expect((await node.openLane(asked)).json.code).toBe('payment.not-in-tree')
    expect((await node.openLane(asked)).json.code).toBe('rate.limited')
  })
})
