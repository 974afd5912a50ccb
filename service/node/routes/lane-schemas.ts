import { problemAnswer } from '../../plugins/problem-schema.ts'
import { answer, bytes, exampled, input, integer, list, named, text, uint64, yesOrNo } from '../../plugins/schema.ts'
import { evidence } from './evidence-schema.ts'
import { furtherLanes, ownExamples, refusedLane } from './lane-examples.ts'
import { envelope, streamed } from './schemas.ts'

// What the OpenAPI document says of lanes and what is published under them.

const topic = text('Such as `/xmtp/0/sealed-0x…/proto`.')
const use = bytes("The lane's identifier, 32 bytes.")

const grant = answer({
  grant: bytes('An encoded Grant.'),
  node: bytes("The node's key."),
  signature: bytes("The node's, over the grant."),
})
const receipt = answer({
  digest: bytes('Of the envelope, sha256.'),
  sequence: uint64("The node's own order."),
  signature: bytes("The node's, over both."),
})
const unused = answer({
  sequence: uint64('Of the checkpoint by which another node is their home.'),
  used: list(yesOrNo(), 'Of each nullifier.'),
  signature: bytes("The node's, over those that are unused; empty if there are none."),
})

const laneRequest = input({
  topic,
  holder: bytes('An Ed25519 key; or 12 zero bytes and the address of a wallet.'),
  units: integer('One is 4 KiB of one envelope.'),
  expiresAt: uint64('Unix seconds.'),
  policyVersion: uint64('Of the policy that the evidence meets; 0 if the account has published none.'),
  evidence: list(evidence),
  renewal: input({ use, signature: bytes("The holder's of that lane, over the new lane's use.") }),
})
const laneEnvelope = input({
  envelope,
  use,
  counter: integer('1 for the first envelope of the lane.'),
  signature: bytes("The holder's, over use, counter, time and digest."),
})
const closing = input({ topic, use, signature: bytes("The holder's, over the network and the topic.") })

type Forms = { readonly body: object; readonly answer: object; readonly statuses?: readonly number[] }
type Example = { readonly body: unknown; readonly answer: unknown }

function own(summary: string, { body, answer, statuses = [200] }: Forms, example: Example) {
  const responses = statuses.map((status) => [status, exampled({ ...answer }, example.answer)])
  return {
    tags: ['Pennypost'],
    summary,
    body: exampled({ ...body }, example.body),
    response: Object.fromEntries(responses) as Record<number, object>,
  }
}

const lanes = own(
  'Open a lane with evidence; 200 where it was open before',
  { body: laneRequest, answer: grant, statuses: [201, 200] },
  ownExamples.lanes,
)

export const ownSchemas = {
  lanes: {
    ...lanes,
    body: named(laneRequest, {
      'A small request, paid with work': ownExamples.lanes.body,
      'A letter with a stamp': furtherLanes.stamp,
      'A letter of an account whose age an issuer has attested': furtherLanes.fact,
      'The same, shown by name': furtherLanes.named,
      'A conversation, where the floor asks nothing': furtherLanes.conversation,
    }),
    response: { ...lanes.response, '4xx': problemAnswer('Refused', refusedLane) },
  },
  publish: own(
    'Publish under lanes, all or none',
    { body: input({ envelopes: list(laneEnvelope) }), answer: answer({ receipts: list(receipt) }) },
    ownExamples.publish,
  ),
  close: own('Close a conversation', { body: closing, answer: answer({}) }, ownExamples.close),
  nullifiers: own(
    'Which nullifiers this node has taken while it was their home, for the node that is now',
    { body: input({ nullifiers: list(bytes('32 bytes.')) }), answer: unused },
    ownExamples.nullifiers,
  ),
  subscribe: own(
    'A stream that starts after a sequence number, one envelope a line',
    { body: input({ contentTopics: list(topic), after: uint64('A sequence.') }), answer: answer({ result: streamed }) },
    ownExamples.subscribe,
  ),
}
