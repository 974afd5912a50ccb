import { BaseError } from '../../errors.ts'

/** A node refused something of the account's own that it must take: its log, its policy. `reason` is the node's code. */
export class RefusedError extends BaseError {
  override readonly code = 'node.refused'
  readonly reason: string

  constructor({ code, message }: { code: string; message: string }) {
    super(message)
    this.reason = code
  }
}
