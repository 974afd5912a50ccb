/** A store that takes too long to write does not serve anybody. */
const patienceMs = 5_000

/** Whether a store takes a write now. */
export async function isWritten(store: { probe(): Promise<void> }): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs)
  })
  const written = store.probe().then(
    () => true,
    () => false,
  )
  return await Promise.race([written, late]).finally(() => clearTimeout(timer))
}
