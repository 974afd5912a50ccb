import { retry } from '../../async.ts'
import { NodeUnavailableError } from '../../transport/index.ts'

const delaysMs = [150, 600]

/** Runs a step that changes nothing when it is repeated, again after a while where the node cannot be reached. */
export const retried = <T>(step: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
  retry(step, { delaysMs, mayPass: (error) => error instanceof NodeUnavailableError, signal })
