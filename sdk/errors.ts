/** What an error carries besides its message. */
export type ErrorOptions = { hint?: string | undefined; cause?: unknown }

/** Base of every error thrown by the SDK. Branch on `code`, never on the message. */
export abstract class BaseError extends Error {
  abstract readonly code: `${string}.${string}`
  /** What would help. */
  readonly hint: string | undefined

  constructor(message: string, { hint, cause }: ErrorOptions = {}) {
    super(hint ? `${message} ${hint}` : message, { cause })
    this.hint = hint
  }

  /** The code as a name, so that minifiers, which rename classes, leave it alone: `node.refused` is a NodeRefusedError. */
  override get name(): string {
    return `${(this.code ?? 'base').replace(/(?:^|[.-])([a-z0-9])/g, (_, first: string) => first.toUpperCase())}Error`
  }
}
