import { signal } from '@preact/signals'

/** What the page shows beside the list. */
export type Place =
  | { readonly kind: 'list' }
  | { readonly kind: 'thread'; readonly key: string }
  | { readonly kind: 'new' }
  | { readonly kind: 'rule' }
  | { readonly kind: 'money' }

/** Where the person is. It is in the history without being in the address: that would tell whoever sees it who writes to whom. */
export const place = signal<Place>({ kind: 'list' })

/** What had the focus when the person went where they are. */
let left: Element | null = null

/** Gives the focus to what begins a place, once it is there: unless the person has gone on to something else meanwhile. */
export function arrive(element: HTMLElement | null): void {
  const { activeElement: current, body } = document
  if (current === left || current === body) element?.focus()
}

/** Goes somewhere; the browser's back button comes back. */
export function go(next: Place): void {
  left = document.activeElement
  if (JSON.stringify(next) !== JSON.stringify(place.value)) history.pushState(next, '')
  place.value = next
}

/** Follows the browser's own buttons. */
export function followHistory(): void {
  history.replaceState(place.value, '')
  addEventListener('popstate', ({ state }) => {
    left = document.activeElement
    place.value = (state as Place | null) ?? { kind: 'list' }
  })
}
