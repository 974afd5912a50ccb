import { buildEddsa } from 'circomlibjs'
import { credentialOf } from '../../sdk/crypto/signals.ts'
import { NoteTree } from '../../sdk/notes/tree.ts'
import { toIntegers, vectors } from './vectors.ts'

/** The tickets of the vector file, as integers. */
export const tickets = vectors.tickets.map(toIntegers)

export type TicketVector = (typeof tickets)[number]

/** The tree that holds the leaves of all tickets of the vector file. */
export const tree = NoteTree.from(tickets.map(({ leaf }) => leaf))

/** The inputs that both circuits share. */
export function useInputs({
  secret,
  person,
  messageId,
  limit,
  expiry,
  x,
  scope,
  classId,
  tagScope,
  asOf,
}: TicketVector) {
  return { secret, person, messageId, limit, expiry, x, scope, classId, tagScope, asOf }
}

/** The inputs of the circuit `ticket`. */
export function ticketInputs(ticket: TicketVector) {
  const { leafIndex, siblings } = tree.path(Number(ticket.leafIndex))
  return { ...useInputs(ticket), leafIndex: BigInt(leafIndex), siblings: [...siblings] }
}

export type TicketInputs = ReturnType<typeof ticketInputs>

/** An issuer of credentials; its key is fixed. */
export async function createIssuer() {
  const eddsa = await buildEddsa()
  const privateKey = new Uint8Array(32).fill(7)
  const toField = (element: Uint8Array) => eddsa.F.toObject(element)
  const [Ax, Ay] = eddsa.prv2pub(privateKey).map(toField) as [bigint, bigint]

  return (ticket: TicketVector) => {
    const { R8, S } = eddsa.signPoseidon(privateKey, eddsa.F.e(credentialOf(ticket)))
    const [R8x, R8y] = R8.map(toField) as [bigint, bigint]
    return { ...useInputs(ticket), Ax, Ay, R8x, R8y, S }
  }
}
