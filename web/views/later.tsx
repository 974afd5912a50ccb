import { useSignal } from '@preact/signals'
import type { FunctionComponent } from 'preact'
import { useEffect } from 'preact/hooks'
import { Trouble } from './parts.tsx'

/** A part of the page whose code is fetched when it is first shown. */
export function later<P extends object>(load: () => Promise<FunctionComponent<P>>): FunctionComponent<P> {
  let loaded: FunctionComponent<P> | undefined
  return function Later(props) {
    const isLoaded = useSignal(loaded !== undefined)
    const trouble = useSignal<unknown>(undefined)
    useEffect(() => {
      load().then(
        (part) => {
          loaded = part
          isLoaded.value = true
        },
        (error: unknown) => {
          trouble.value = error
        },
      )
    }, [])
    const Part = isLoaded.value ? loaded : undefined
    if (Part) return <Part {...props} />
    return trouble.value === undefined ? <p role="status">Opening…</p> : <Trouble error={trouble.value} />
  }
}
