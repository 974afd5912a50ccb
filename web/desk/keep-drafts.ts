import { effect, type Signal, signal } from '@preact/signals'
import { draftsOf } from '../session/keep-session.ts'
import { keepOwn, readOwn } from '../session/own-store.ts'

/** What is being written, by where: kept over a reload, encrypted, until it is sent or the person signs out. */
export type Drafts = {
  /** The text of one place; what was kept of it comes a moment later. */
  text(place: string): Signal<string>
}

/** Milliseconds of rest after which what was typed is kept. */
const restMs = 250

/** Drafts of an account. */
export function keepDrafts(address: string, over: AbortSignal): Drafts {
  const name = draftsOf(address)
  const texts = new Map<string, Signal<string>>()
  let resting: ReturnType<typeof setTimeout> | undefined
  let before: Readonly<Record<string, string>> = {}
  const reading = readOwn(name).then((kept) => {
    before = (kept ?? {}) as typeof before
  })

  const keep = () => {
    clearTimeout(resting)
    resting = setTimeout(async () => {
      await reading
      if (over.aborted) return
      const now = [...texts].map(([place, text]) => [place, text.peek()] as const)
      const kept = Object.entries({ ...before, ...Object.fromEntries(now) }).filter(([, text]) => text)
      if (JSON.stringify(kept) === JSON.stringify(Object.entries(before))) return
      before = Object.fromEntries(kept)
      await keepOwn(name, before)
    }, restMs)
  }

  return {
    text(place) {
      const known = texts.get(place)
      if (known) return known
      const text = signal('')
      texts.set(place, text)
      void reading
        .catch(() => undefined)
        .then(() => {
          if (text.peek() === '') text.value = (Object.hasOwn(before, place) && before[place]) || ''
          effect(() => {
            void text.value
            keep()
          })
        })
      return text
    },
  }
}
