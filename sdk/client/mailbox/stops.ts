/** What is to be stopped when something ends. */
export type Stops = {
  /** Stops this too; at once where it is over already. */
  add(stop: () => void): void
  /** Stops a subscription once it is there. */
  addLater(opening: Promise<{ return?: () => unknown }>): void
  stop(): void
}

/** Collects what to stop, however late it comes. */
export function createStops(): Stops {
  const stops: (() => void)[] = []
  let isOver = false

  function add(stop: () => void): void {
    if (isOver) stop()
    else stops.push(stop)
  }
  return {
    add,
    addLater(opening) {
      const close = (source: { return?: () => unknown }) => add(() => void source.return?.())
      opening.then(close, () => undefined) // whoever opens it is told
    },
    stop() {
      isOver = true
      for (const stop of stops.splice(0)) stop()
    },
  }
}
