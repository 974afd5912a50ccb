import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'

/** What was read for a part of the page. */
export type Loaded<T> = {
  /** Undefined until it is read; what was read before stays while it is read anew. */
  readonly value: ReadonlySignal<T | undefined>
  readonly trouble: ReadonlySignal<unknown>
  readonly again: () => Promise<void>
}

/** Reads something when a part of the page is shown, and anew when one of `inputs` changes. What was asked last counts. */
export function useLoaded<T>(load: () => Promise<T>, inputs: readonly unknown[]): Loaded<T> {
  const value = useSignal<T | undefined>(undefined)
  const trouble = useSignal<unknown>(undefined)
  const newest = useRef({ load, number: 0 })
  newest.current.load = load
  const again = async () => {
    const number = ++newest.current.number
    const isNewest = () => number === newest.current.number
    try {
      const loaded = await newest.current.load()
      if (!isNewest()) return
      value.value = loaded
      trouble.value = undefined
    } catch (error) {
      if (isNewest()) trouble.value = error
    }
  }
  useEffect(() => void again(), inputs)
  return { value, trouble, again }
}
