import { NodeUnavailableError } from '../../transport/index.ts'

const delaysMs = [150, 600]

/** Runs a step that changes nothing when it is repeated, again after a while where the node cannot be reached. */
export async function patiently<T>(step: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (const delay of delaysMs) {
    try {
      return await step()
    } catch (error) {
      if (!(error instanceof NodeUnavailableError)) throw error
      await pause(delay, signal)
    }
  }
  return step()
}

/** Waits, unless the signal ends it. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
