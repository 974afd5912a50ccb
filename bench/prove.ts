import { fileURLToPath } from 'node:url'
import { Group } from '@semaphore-protocol/group'
import { Identity } from '@semaphore-protocol/identity'
import { generateProof } from '@semaphore-protocol/proof'
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

  const identity = new Identity('bench')
  const group = new Group([1n, 2n, identity.commitment])
  const proveMembership = () => timed(1, () => generateProof(identity, group, 1n, BigInt(round), 20, semaphore))

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
