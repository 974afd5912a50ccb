import { signal } from '@preact/signals'
import type { FunctionComponent } from 'preact'
import { useEffect } from 'preact/hooks'
import { Trouble } from './parts.tsx'

/** A view whose code is fetched when it is first seen, so that the list comes without it. */
export function lazily<Props extends object>(load: () => Promise<FunctionComponent<Props>>): FunctionComponent<Props> {
  const found = signal<{ readonly View: FunctionComponent<Props> } | { readonly error: unknown } | undefined>(undefined)
  const find = async () => {
    found.value = await load().then(
      (View) => ({ View }),
      (error: unknown) => ({ error }),
    )
  }
  return (props) => {
    useEffect(() => void find(), [])
    const { value } = found
    if (value && 'View' in value) return <value.View {...props} />
    return value ? <Trouble error={value.error} /> : <p role="status">Opening…</p>
  }
}
