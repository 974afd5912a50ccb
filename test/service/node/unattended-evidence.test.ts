import { expect, test } from 'vitest'
import { decodeEnvelopeEvidence, decodeLaneEvidence, ownedTopic } from '../../../sdk/codec/index.ts'
import { fromBase64, toHex } from '../../../sdk/crypto/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { issuer, issuerBytes, namingIssuers, rule } from '../../helpers/credentials.ts'
import {
  credentialEvidence,
  envelope,
  laneEnvelope,
  laneFields,
  makeAccount,
  makeHolder,
  makeStampNode,
} from '../../helpers/node.ts'
import { enter, pay, token } from '../../helpers/payments.ts'

// What opens a lane for an unattended address beside stamps, and what the account gets of it once it is there.

const who = await makeAccount(0xb0)

function lane(byte: number) {
  const { holder, seed } = makeHolder(byte)
  return { ...laneFields(ownedTopic('unattended', who.address), holder), seed }
}

const shown = async (node: Awaited<ReturnType<typeof makeStampNode>>, topic: string) => {
  const { envelopes } = await node.query(topic, who)
  return decodeLaneEvidence(decodeEnvelopeEvidence(fromBase64(envelopes[0].evidence)).lane)
}

test('a credential does, where the rule asks for its fact, once', async () => {
  const node = await makeStampNode({ unattendedRule: parseRule(rule) })
  const { checkpoint } = node.deps
  const naming = () => ({ ...checkpoint()!, latest: namingIssuers(checkpoint()!.latest, issuer.key) })
  Object.assign(node.deps, { checkpoint: naming })
  const evidence = [credentialEvidence(1, 1, { issuer: issuerBytes(issuer.key) })]
  const [one, other] = [lane(1), lane(2)]
  expect((await node.openLane({ ...one, evidence })).status).toBe(201)
  expect((await node.openLane({ ...other, evidence })).json.code).toBe('credential.used')
  expect((await node.publishLane(laneEnvelope(one, 1, envelope(one.topic)))).status).toBe(200)
  expect((await shown(node, one.topic)).met).toMatchObject([{ evidence: 'credential' }])
  await node.close()
})

test('a payment in a name does, and is handed over with its opening, after the account has published keys too', async () => {
  const paying = lane(3)
  const paid = pay({ use: paying.use, recipient: who.bytes, deliverBy: paying.expiresAt })
  const entered = enter(paid)
  const { classes, root, roots, trees, operations } = entered.view.latest
  const asked = { unattendedRule: parseRule('postage 3 and bond 2') }
  const node = await makeStampNode(asked, { classes, root, roots, trees, operations })
  const evidence = [{ condition: 1, also: [2], kind: { case: 'payment' as const, value: entered.payment(0) } }]
  expect((await node.openLane({ ...paying, evidence } as never)).status).toBe(201)
  expect((await node.publishLane(laneEnvelope(paying, 1, envelope(paying.topic)))).status).toBe(200)
  expect((await node.publish(who, envelope(ownedTopic('contact', who.address)))).status).toBe(200)
  const { payments } = await shown(node, paying.topic)
  const { salt, index, terms, siblings } = paid.place
  expect(payments.map((one) => [toHex(one.salt), one.index, toHex(one.terms!.root), one.siblings])).toEqual([
    [toHex(salt), index, toHex(terms.root), siblings],
  ])
  await node.close()
})

test('a payment alone opens nothing under the default rule, however high it is: to nobody, it comes back', async () => {
  const paying = lane(4)
  const amounts = { base: 1_000n * token, bond: 1_000n * token, tip: 1_000n * token }
  const paid = pay({ use: paying.use, recipient: who.bytes, deliverBy: paying.expiresAt, ...amounts })
  const entered = enter(paid)
  const { classes, root, roots, trees, operations } = entered.view.latest
  const shows = { classes, root, roots, trees, operations }
  const payment = (condition: number, also: number[] = []) => [
    { condition, also, kind: { case: 'payment' as const, value: entered.payment(0) } },
  ]
  const node = await makeStampNode({}, shows)
  for (const evidence of [payment(0), payment(1), payment(0, [1]), payment(1, [0]), payment(2)]) {
    const { status, json } = await node.openLane({ ...paying, evidence } as never)
    expect([status, json.code]).toEqual([expect.any(Number), expect.stringMatching(/^(evidence|policy|payment)\./)])
  }
  expect((await node.publishLane(laneEnvelope(paying, 1, envelope(paying.topic)))).json.code).toBe('lane.unknown')
  expect((await node.query(paying.topic, who)).envelopes).toEqual([])
  await node.close()
  const asking = await makeStampNode({ unattendedRule: parseRule('postage 1000 and bond 1000') }, shows)
  expect((await asking.openLane({ ...paying, evidence: payment(1, [2]) } as never)).status).toBe(201) // so it was a good one
  await asking.close()
})
