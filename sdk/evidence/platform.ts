import { nodeModule } from '../crypto/node-module.ts'
import { BaseError } from '../errors.ts'

/** A worker as the prover sees it, whatever the platform. */
export type WorkerPort = {
  post(message: unknown): void
  /** Called with each message, and once more with an Error if the worker dies. */
  listen(onMessage: (message: unknown) => void, onError: (error: Error) => void): void
  /** Whether the worker keeps the process alive (Node); an idle one does not. */
  hold(isBusy: boolean): void
  terminate(): void
}

/** Starts a module as a worker: a thread in Node, a `Worker` in browsers. */
export function startWorker(url: URL | string): WorkerPort {
  const threads = nodeModule('node:worker_threads')
  if (threads) return fromThread(new threads.Worker(new URL(url)))
  if (typeof Worker === 'undefined') throw new WorkerUnavailableError('This platform has no workers.')
  return fromWebWorker(openWorker(url))
}

/** The worker's module, as source and as built. */
export function defaultWorker(): URL {
  if (import.meta.url.endsWith('.ts')) return new URL('./prove-worker.ts', import.meta.url)
  return new URL('./prove-worker.js', import.meta.url)
}

/** A page's policy, or another origin of the module, may forbid it. */
function openWorker(url: URL | string): Worker {
  try {
    return new Worker(url, { type: 'module' })
  } catch (cause) {
    throw new WorkerUnavailableError('This page may not start a worker from there.', { cause })
  }
}

function fromThread(thread: import('node:worker_threads').Worker): WorkerPort {
  return {
    post: (message) => thread.postMessage(message),
    listen(onMessage, onError) {
      thread.on('message', onMessage)
      thread.on('error', (error) => onError(toError(error)))
      thread.on('exit', () => onError(new WorkerUnavailableError('The worker has ended.')))
    },
    hold: (isBusy) => (isBusy ? thread.ref() : thread.unref()),
    terminate: () => void thread.terminate(),
  }
}

function fromWebWorker(worker: Worker): WorkerPort {
  return {
    post: (message) => worker.postMessage(message),
    listen(onMessage, onError) {
      worker.onmessage = ({ data }) => onMessage(data)
      worker.onerror = ({ message }) => onError(new WorkerUnavailableError(message || 'The worker could not start.'))
      worker.onmessageerror = () =>
        onError(new WorkerUnavailableError('The worker sent a message that cannot be read.'))
    },
    hold: () => undefined,
    terminate: () => worker.terminate(),
  }
}

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

/** No worker can be started, or it has died. */
export class WorkerUnavailableError extends BaseError {
  override readonly code = 'worker.unavailable'
}
