import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { ProofItem } from '../sdk/verifier/index.ts'
import { itemOf, proveTickets } from '../test/helpers/proofs.ts'
import { ticketRequest } from '../test/helpers/world.ts'
import { formatRows, interleave, type Row } from './row.ts'
import type { SentItem, SubjectName } from './verify-child.ts'

const rounds = 9
const names = ['snarkjs', 'mcl', 'batch', 'batchWithBad', 'public', 'portable'] as const satisfies SubjectName[]

/** Verifying a ticket, single and 128 together, beside `snarkjs.groth16.verify`; each alone in a process of its own. */
export async function benchVerify(): Promise<Row[]> {
  const items = await makeItems(4)
  const children = await Promise.all(names.map((name) => startChild(name, items)))
  const measurements = children.map(({ measure }) => measure)
  await interleave(2, measurements) // warms up
  const [snarkjs = 0, mcl = 0, batch = 0, batchWithBad = 0, byPublic = 0, portable = 0] = await interleave(
    rounds,
    measurements,
  )
  for (const { stop } of children) stop()

  const row = (name: string, subject: number, anchor: number, rest: Pick<Row, 'beside' | 'goal'>): Row => {
    return { name, subject, anchor, ratio: subject / anchor, unit: 'ms', ...rest }
  }
  const beside = 'snarkjs, all cores'
  return [
    row('verify a ticket, mcl', mcl, snarkjs, { beside, goal: { atMost: 0.25 } }),
    row('verify a ticket, mcl, 128 together', batch, snarkjs, { beside, goal: { atMost: 0.065 } }),
    row('verify a ticket, portable', portable, snarkjs, { beside }),
    row('verify a ticket, mcl', mcl, byPublic, { beside: "mcl-wasm's public API" }),
    row('find 1 bad ticket of 128', batchWithBad * 128, batch * 128, { beside: 'none bad', goal: { atMost: 6.5 } }),
  ]
}

async function makeItems(count: number): Promise<SentItem[]> {
  const requests = Array.from({ length: count }, (_, messageId) => ticketRequest({ messageId }))
  const tickets = await proveTickets(requests)
  return tickets.map((ticket, i) => toSent(itemOf(ticket, requests[i] ?? ticketRequest())))
}

const toSent = ({ proof, signals }: ProofItem): SentItem => ({
  proof: Buffer.from(proof).toString('hex'),
  signals: signals.map(String),
})

async function startChild(name: SubjectName, items: readonly SentItem[]) {
  const child = fork(new URL('./verify-child.ts', import.meta.url), [name])
  const ask = async (message: object): Promise<number> => {
    child.send(message)
    const [answer] = await once(child, 'message')
    return Number(answer)
  }
  await ask({ items })
  return { measure: () => ask({ milliseconds: 400 }), stop: () => child.disconnect() }
}

if (import.meta.main) console.log(formatRows(await benchVerify()))
