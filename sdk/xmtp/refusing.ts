/** Runs a step of reading; the one error that means "refused" there becomes the caller's own, with its cause kept. */
export function refusing<T>(
  step: () => T,
  // biome-ignore lint/suspicious/noExplicitAny: any constructor of an error will do
  refusal: new (...parameters: any[]) => Error,
  translate: (cause: Error) => Error,
): T {
  try {
    return step()
  } catch (cause) {
    throw cause instanceof refusal ? translate(cause) : cause
  }
}
