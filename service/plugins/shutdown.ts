/** Something that runs until it is closed. */
type Running = { close(): Promise<void> }

const patience = 15_000

/** Closes on SIGTERM or SIGINT and ends the process; a second signal, or closing for too long, ends it at once. */
export function closeOnSignal(running: Running): void {
  let isClosing = false
  const close = () => {
    if (isClosing) process.exit(1)
    isClosing = true
    setTimeout(() => process.exit(1), patience).unref()
    running.close().then(
      () => process.exit(0),
      (error) => {
        console.error(error)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', close)
  process.on('SIGINT', close)
}
