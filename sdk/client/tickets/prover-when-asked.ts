import type {
  CredentialProver,
  TicketProver,
  TicketProverOptions,
  UseProver,
  UseProverOptions,
} from '../../evidence/index.ts'
import { whenAsked } from '../session/when-asked.ts'

/** A prover whose code is fetched when it is first needed. One that is closed before is closed when it comes. */
function proverWhenAsked<R, F>(load: () => Promise<UseProver<R, F>>): UseProver<R, F> {
  let isClosed = false
  let made: UseProver<R, F> | undefined
  const { warmUp, prove } = whenAsked<Pick<UseProver<R, F>, 'warmUp' | 'prove'>>(async () => {
    made = await load()
    if (isClosed) made.close()
    return made
  })
  return {
    warmUp,
    prove,
    close() {
      isClosed = true
      made?.close()
    },
  }
}

/** See `createTicketProver`. */
export const ticketProver = (options: TicketProverOptions): TicketProver =>
  proverWhenAsked(async () => (await import('../../evidence/index.ts')).createTicketProver(options))

/** See `createCredentialProver`. */
export const credentialProver = (options: UseProverOptions): CredentialProver =>
  proverWhenAsked(async () => (await import('../../evidence/index.ts')).createCredentialProver(options))
