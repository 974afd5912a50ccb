import { BaseError } from '@pennypost/sdk/verifier'

/** Something that runs until it is closed. */
type Running = { close(): Promise<void> }

const patience = 15_000

/**
 * Runs a service as a process of its own, until it is told to end. What is wrong with how it was started is said in one
 * line; a fault of its own comes with its stack.
 */
export async function runService(start: () => Promise<Running>): Promise<void> {
  try {
    closeOnSignal(await start())
  } catch (error) {
    const isOfSystem = error instanceof Error && 'syscall' in error // a port in use, a directory without permission
    if (!(error instanceof BaseError) && !isOfSystem) throw error
    console.error(error.message)
    process.exit(1)
  }
}

/** Closes on SIGTERM or SIGINT and ends the process; a second signal, or closing for too long, ends it at once. */
function closeOnSignal(running: Running): void {
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
