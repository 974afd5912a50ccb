import { signal } from '@preact/signals'

/** Whether the node has answered the last request. */
export const isNodeUp = signal(true)

/** A `fetch` that notes whether the node answers. What was ended on purpose says nothing of it. */
export const watchedFetch: typeof fetch = async (input, init) => {
  try {
    const response = await fetch(input, init)
    isNodeUp.value = response.status < 502 || response.status > 504 // those are a proxy's words
    return response
  } catch (error) {
    if (!init?.signal?.aborted) isNodeUp.value = false
    throw error
  }
}
