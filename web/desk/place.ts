import { signal } from '@preact/signals'

/** What the page shows beside the list. */
export type Place =
  | { readonly kind: 'list' }
  | { readonly kind: 'thread'; readonly key: string }
  | { readonly kind: 'new' }
  | { readonly kind: 'rule' }

/** Where the person is. It is in the history without being in the address: that would tell whoever sees it who writes to whom. */
export const place = signal<Place>({ kind: 'list' })

/** Goes somewhere; the browser's back button comes back. */
export function go(next: Place): void {
  if (JSON.stringify(next) !== JSON.stringify(place.value)) history.pushState(next, '')
  place.value = next
}

/** Follows the browser's own buttons. */
export function followHistory(): void {
  history.replaceState(place.value, '')
  addEventListener('popstate', ({ state }) => {
    place.value = (state as Place | null) ?? { kind: 'list' }
  })
}
