import { ownedTopic } from '../sdk/codec/index.ts'
import { randomBytes, toAddress } from '../sdk/crypto/index.ts'
import { parseRule } from '../sdk/policy/index.ts'
import { createGroth16 } from '../service/node/groth16.ts'
import {
  envelope,
  laneEnvelope,
  laneFields,
  makeHolder,
  makeStampNode,
  type TestNode,
  ticketEvidence,
} from '../test/helpers/node.ts'
import { itemOf, proveTickets } from '../test/helpers/proofs.ts'
import { ticketRequest } from '../test/helpers/world.ts'
import { interleave, type Row, rowOf } from './row.ts'

const rounds = 25
const letters = 40

/**
 * What a first letter costs a node in CPU time, each to an account of its own: its lane is opened with two stamps, whose
 * proofs are verified, and publishes it; to an unattended address beside one that has published keys. One real proof stands
 * for all, since what is compared are the node's ways to both.
 */
export async function benchLetter(): Promise<Row[]> {
  const request = ticketRequest()
  const [ticket] = await proveTickets([request])
  if (!ticket) throw new Error('There is no proof.')
  const item = itemOf(ticket, request)
  const groth16 = await createGroth16.mcl()
  const rule = parseRule('stamp 2')
  const node = await makeStampNode({ defaultRule: rule, unattendedRule: rule })
  node.groth16.verify = (items) => groth16.ticket.verify(items.map(() => item))
  const send = { sealed: sender(node, 'sealed', 2), unattended: sender(node, 'unattended', 1) }
  const measurements = [send.unattended, send.sealed].map((one) => () => cpuOf(one))
  await interleave(1, measurements) // warms up
  const [unattended = 0, letter = 0] = await interleave(rounds, measurements)
  await node.close()
  groth16.close?.()
  const beside = 'a letter'
  return [rowOf('a letter to an unattended address, CPU', unattended, letter, { beside, goal: { atMost: 1.05 } })]
}

let nullifier = 0

/** Sends a letter to an account that nobody has written to, whose rule is the leaf of that number. */
function sender(node: TestNode, kind: 'sealed' | 'unattended', leaf: number): () => Promise<void> {
  const { holder, seed } = makeHolder(1)
  return async () => {
    const lane = laneFields(ownedTopic(kind, toAddress(randomBytes(20))), holder)
    const evidence = [1, 2].map(() => ticketEvidence(leaf, ++nullifier))
    const opened = await node.openLane({ ...lane, evidence })
    const sent = laneEnvelope({ ...lane, seed }, 1, envelope(lane.topic, randomBytes(4000)))
    const published = await node.publishLane(sent)
    if (opened.status !== 201 || published.status !== 200)
      throw new Error(JSON.stringify([opened.json, published.json]))
  }
}

/** Milliseconds of CPU that one of several takes. */
async function cpuOf(send: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  for (let i = 0; i < letters; i++) await send()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / letters
}
