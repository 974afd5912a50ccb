import { BaseError } from '@pennypost/sdk/verifier'

/** What is signed for so many operations is no longer in the log. */
export const shrunk = (operations: number): LogShrunkError =>
  new LogShrunkError(`A checkpoint over ${operations} operations is signed, and the chain no longer has them.`, {
    hint: 'Signing resumes when the chain has them again. Wait for more confirmations.',
  })

/** A key that may have signed before, without what it signed: number 1 signed twice would cost its bond. */
export class SignerForgotError extends BaseError {
  readonly code = 'signer.forgot'

  constructor() {
    super('This prover has no checkpoint to go on from, and may not sign the first of all.', {
      hint: 'Name another prover of the network in PENNYPOST_PEERS. For a new network set PENNYPOST_NEW_NETWORK=on.',
    })
  }
}

/** The chain took back operations that are in a signed checkpoint: more confirmations would have prevented it. */
export class LogShrunkError extends BaseError {
  readonly code = 'log.shrunk'
}

/** The key of this prover is not among those that the newest checkpoint names as the next signers. */
export class SignerNotInForceError extends BaseError {
  readonly code = 'signer.not-in-force'
}
