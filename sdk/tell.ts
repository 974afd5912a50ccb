/** Tells a listener; nothing that it throws, at once or later, undoes or repeats what it is told of. */
export function tellSafely<Event>(tell: ((event: Event) => unknown) | undefined, event: Event): void {
  try {
    Promise.resolve(tell?.(event)).catch(() => undefined)
  } catch {
    // its own fault
  }
}
