import { fileURLToPath } from 'node:url'
import { groth16 } from 'snarkjs'
import { createCredentialProver, createTicketProver } from '../sdk/evidence/index.ts'
import { credentialRequest } from '../test/helpers/credentials.ts'
import { stopSnarkjs } from '../test/helpers/snarkjs.ts'
import { laneUse, ticketRequest } from '../test/helpers/world.ts'
import { formatRows, interleave, type Row, rowOf as row, timed } from './row.ts'

const rounds = 9
const semaphore = {
  wasm: fileURLToPath(import.meta.resolve('@zk-kit/semaphore-artifacts/semaphore-20.wasm')),
  zkey: fileURLToPath(import.meta.resolve('@zk-kit/semaphore-artifacts/semaphore-20.zkey')),
}

/** One of three members, as the client of Semaphore asks for a proof: the circuit takes any secret and answers the group's root. */
const membershipInputs = (scope: number) => ({
  secret: 7n,
  merkleProofLength: 2,
  merkleProofIndex: 2,
  merkleProofSiblings: Array.from({ length: 20 }, (_, level) => BigInt(level < 2 ? level + 1 : 0)),
  scope: BigInt(scope),
  message: 1n,
})

/**
 * Proving, warm, all cores each: a ticket beside Semaphore v4 at the same depth, with its published circuit and keys, and a
 * credential beside a ticket.
 */
export async function benchProve(): Promise<Row[]> {
  const prover = createTicketProver()
  const issued = createCredentialProver()
  let round = 0
  const proveTicket = () => timed(1, () => prover.prove(ticketRequest({ messageId: round++ % 16, use: laneUse() })))
  const proveCredential = () =>
    timed(1, () => issued.prove(credentialRequest({ messageId: round++ % 16, use: laneUse() })))

  const proveMembership = () =>
    timed(1, () => groth16.fullProve(membershipInputs(round), semaphore.wasm, semaphore.zkey))

  const measurements = [proveTicket, proveMembership, proveCredential]
  await interleave(2, measurements) // warms up
  const [ticket = 0, membership = 0, credential = 0] = await interleave(rounds, measurements)
  prover.close()
  issued.close()
  await stopSnarkjs()
  return [
    row('prove a ticket', ticket, membership, { beside: 'Semaphore v4, depth 20', goal: { atMost: 1.1 } }),
    row('prove a credential', credential, ticket, { beside: 'a ticket', goal: { atMost: 1 } }),
  ]
}

if (import.meta.main) console.log(formatRows(await benchProve()))
