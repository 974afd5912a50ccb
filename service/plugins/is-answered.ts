/** A store that takes longer does not serve anybody. */
const patienceMs = 5_000

/** Whether what a store was asked succeeds, and soon. */
export async function isAnswered(asked: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs)
  })
  const answered = asked.then(
    () => true,
    () => false,
  )
  return await Promise.race([answered, late]).finally(() => clearTimeout(timer))
}
