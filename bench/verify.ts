import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createCredentialProver } from '../sdk/evidence/index.ts'
import { prepareCredential } from '../sdk/evidence/prove-credential.ts'
import type { ProofItem } from '../sdk/verifier/index.ts'
import { credentialRequest } from '../test/helpers/credentials.ts'
import { itemOf, proveTickets } from '../test/helpers/proofs.ts'
import { ticketRequest } from '../test/helpers/world.ts'
import { formatRows, interleave, type Row, rowOf as row } from './row.ts'
import type { Asked, Of, SentItem, SubjectName } from './verify-child.ts'

const rounds = 9
const subjects = [
  ['ticket', 'snarkjs'],
  ['ticket', 'mcl'],
  ['ticket', 'batch'],
  ['ticket', 'batchWithBad'],
  ['ticket', 'public'],
  ['ticket', 'portable'],
  ['credential', 'mcl'],
  ['credential', 'batch'],
  ['both', 'batch'],
] as const satisfies [Of, SubjectName][]

/**
 * Verifying a ticket, single and 128 together, beside `snarkjs.groth16.verify` and a credential beside a ticket, and both together; each way to
 * verify in a process of its own. Two processes that do the same differ by some percent, so that what is compared by one way is
 * measured in one.
 */
export async function benchVerify(): Promise<Row[]> {
  const made = { ticket: await makeTickets(4), credential: await makeCredentials(4) }
  const items = { ...made, both: made.ticket.flatMap((ticket, i) => [ticket, made.credential[i] ?? ticket]) }
  const children = new Map<SubjectName, ReturnType<typeof startChild>>()
  const measurements: (() => Promise<number>)[] = []
  for (const [of, name] of subjects) {
    const child = children.get(name) ?? startChild(name)
    children.set(name, child)
    measurements.push(await child.prepare(of, items[of]))
  }
  await interleave(2, measurements) // warms up
  const medians = await interleave(rounds, measurements)
  const [snarkjs = 0, mcl = 0, batch = 0, batchWithBad = 0, byPublic = 0, portable = 0, one = 0, many = 0, mixed = 0] =
    medians
  for (const { stop } of children.values()) stop()

  const beside = 'snarkjs, all cores'
  return [
    row('verify a ticket, mcl', mcl, snarkjs, { beside, goal: { atMost: 0.25 } }),
    row('verify a ticket, mcl, 128 together', batch, snarkjs, { beside, goal: { atMost: 0.065 } }),
    row('verify a ticket, portable', portable, snarkjs, { beside }),
    row('verify a ticket, mcl', mcl, byPublic, { beside: "mcl-wasm's public API" }),
    row('find 1 bad ticket of 128', batchWithBad * 128, batch * 128, { beside: 'none bad', goal: { atMost: 6.5 } }),
    row('verify a credential, mcl', one, mcl, { beside: 'a ticket', goal: { atMost: 1.05 } }),
    row('verify a credential, mcl, 128 together', many, batch, { beside: 'tickets', goal: { atMost: 1.05 } }),
    row('verify tickets and credentials, 128 together', mixed, batch, { beside: 'tickets', goal: { atMost: 1.05 } }),
  ]
}

async function makeTickets(count: number): Promise<SentItem[]> {
  const requests = Array.from({ length: count }, (_, messageId) => ticketRequest({ messageId }))
  const tickets = await proveTickets(requests)
  return tickets.map((ticket, i) => toSent(0, itemOf(ticket, requests[i] ?? ticketRequest())))
}

async function makeCredentials(count: number): Promise<SentItem[]> {
  const prover = createCredentialProver()
  const items: SentItem[] = []
  for (let messageId = 0; messageId < count; messageId++) {
    const request = credentialRequest({ messageId })
    const { proof } = await prover.prove(request)
    items.push(toSent(1, { proof, signals: prepareCredential(request).statement.signals }))
  }
  prover.close()
  return items
}

const toSent = (key: number, { proof, signals }: ProofItem): SentItem => ({
  key,
  proof: Buffer.from(proof).toString('hex'),
  signals: signals.map(String),
})

function startChild(name: SubjectName) {
  const child = fork(new URL('./verify-child.ts', import.meta.url), [name])
  const ask = async (message: Asked): Promise<number> => {
    child.send(message)
    const [answer] = await once(child, 'message')
    return Number(answer)
  }
  return {
    async prepare(of: Of, items: readonly SentItem[]) {
      await ask({ of, items })
      return () => ask({ of, milliseconds: 400 })
    },
    stop: () => child.disconnect(),
  }
}

if (import.meta.main) console.log(formatRows(await benchVerify()))
