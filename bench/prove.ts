import { fileURLToPath } from 'node:url'
import { Group } from '@semaphore-protocol/group'
import { Identity } from '@semaphore-protocol/identity'
import { generateProof } from '@semaphore-protocol/proof'
import { createTicketProver } from '../sdk/evidence/index.ts'
import { stopSnarkjs } from '../test/helpers/snarkjs.ts'
import { laneUse, ticketRequest } from '../test/helpers/world.ts'
import { formatRows, interleave, type Row, timed } from './row.ts'

const rounds = 9
const semaphore = {
  wasm: fileURLToPath(import.meta.resolve('@zk-kit/semaphore-artifacts/semaphore-20.wasm')),
  zkey: fileURLToPath(import.meta.resolve('@zk-kit/semaphore-artifacts/semaphore-20.zkey')),
}

/** Proving a ticket, warm, beside Semaphore v4 at the same depth, with its published circuit and keys; all cores each. */
export async function benchProve(): Promise<Row[]> {
  const prover = createTicketProver()
  let round = 0
  const proveTicket = () => timed(1, () => prover.prove(ticketRequest({ messageId: round++ % 16, use: laneUse() })))

  const identity = new Identity('bench')
  const group = new Group([1n, 2n, identity.commitment])
  const proveMembership = () => timed(1, () => generateProof(identity, group, 1n, BigInt(round), 20, semaphore))

  const measurements = [proveTicket, proveMembership]
  await interleave(2, measurements) // warms up
  const [ours = 0, theirs = 0] = await interleave(rounds, measurements)
  prover.close()
  await stopSnarkjs()
  return [
    {
      name: 'prove a ticket',
      beside: 'Semaphore v4, depth 20',
      subject: ours,
      anchor: theirs,
      ratio: ours / theirs,
      goal: { atMost: 1.1 },
      unit: 'ms',
    },
  ]
}

if (import.meta.main) console.log(formatRows(await benchProve()))
