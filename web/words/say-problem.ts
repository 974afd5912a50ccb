/** An error's sentence, and the code that the documentation has it under. */
export type Problem = { readonly message: string; readonly code: string | undefined }

const declined = 4001

/** Says what went wrong. Errors of the client say themselves what helps; what a wallet says is cut to a length. */
export function sayProblem(error: unknown): Problem {
  const { message, code } = (error ?? {}) as { message?: unknown; code?: unknown }
  if (code === declined)
    return { message: 'The wallet was not asked to the end: you declined. Nothing has happened.', code: undefined }
  const text = typeof message === 'string' && message !== '' ? message : String(error)
  return { message: text.slice(0, 500), code: typeof code === 'string' ? code : undefined }
}
