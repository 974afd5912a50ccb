import type { StampBook } from '../../codec/index.ts'
import { fromBytes } from '../../crypto/index.ts'
import { noteCommitment, type Operation } from '../../notes/index.ts'
import { type ProverClient, ProverUnavailableError } from '../../transport/index.ts'

const perPage = 1_000

/** What the chain says of a book: how many stamps it has, until when it is good, and its note's number in the log. */
export type SoldBook = Required<Pick<StampBook, 'limit' | 'expiry' | 'leafIndex'>>

type Search = { readonly person: bigint; readonly signal: AbortSignal | undefined }

/**
 * Looks for a book whose purchase was cut off before its end was recorded. Undefined where the chain never
 * had it, or where nobody can be asked. Reads all of the note log, wherever the book is: to stop there would show the prover
 * which one it is.
 */
export async function findBook(
  prover: ProverClient,
  { secret }: Pick<StampBook, 'secret'>,
  { person, signal }: Search,
): Promise<SoldBook | undefined> {
  const commitment = noteCommitment({ secret: fromBytes(secret), person })
  let sold: SoldBook | undefined
  try {
    for await (const operation of operationsOf(prover, signal)) {
      if (operation.kind !== 'append' || operation.commitment !== commitment) continue
      const { limit, expiry, leafIndex } = operation
      sold ??= { limit: Number(limit), expiry, leafIndex: BigInt(leafIndex) }
    }
  } catch (error) {
    if (!(error instanceof ProverUnavailableError)) throw error
  }
  return sold
}

async function* operationsOf(prover: ProverClient, signal: AbortSignal | undefined): AsyncGenerator<Operation> {
  for (let from = 0; ; from += perPage) {
    const { operations } = await prover.operations({ from, limit: perPage, signal })
    yield* operations
    if (operations.length < perPage) return
  }
}
