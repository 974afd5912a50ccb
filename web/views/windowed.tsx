import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

type Props<T> = {
  readonly items: readonly T[]
  readonly keyOf: (item: T) => string
  readonly row: (item: T) => ComponentChildren
}

/** So many rows are drawn beyond what is seen, on either side: as far as a key or a finger goes at once. */
const margin = 12

/** A list of rows of one height, of which those are drawn that are near what is seen of the nearest `.list`. */
export function Windowed<T>({ items, keyOf, row }: Props<T>) {
  const list = useRef<HTMLUListElement>(null)
  const range = useSignal({ from: 0, to: 3 * margin, height: 0 })
  useEffect(() => {
    const scroller = list.current?.closest('.list')
    if (!scroller) return undefined
    const look = () => (range.value = rangeIn(list.current, scroller, range.peek()))
    const resizing = new ResizeObserver(look)
    resizing.observe(scroller)
    scroller.addEventListener('scroll', look, { passive: true })
    return () => {
      resizing.disconnect()
      scroller.removeEventListener('scroll', look)
    }
  }, [])
  const { height } = range.value
  const to = Math.min(range.value.to, items.length)
  const from = Math.min(range.value.from, to)
  return (
    <ul ref={list} style={{ paddingBlock: `${from * height}px ${(items.length - to) * height}px` }}>
      {items.slice(from, to).map((item, i) => (
        <li key={keyOf(item)} aria-setsize={items.length} aria-posinset={from + i + 1}>
          {row(item)}
        </li>
      ))}
    </ul>
  )
}

type Range = { readonly from: number; readonly to: number; readonly height: number }

/** The same as before where it is still enough, so that nothing is drawn anew. */
function rangeIn(list: HTMLUListElement | null, scroller: Element, before: Range): Range {
  const height = list?.firstElementChild?.getBoundingClientRect().height
  if (!list || !height) return before
  const first = Math.floor((scroller.getBoundingClientRect().top - list.getBoundingClientRect().top) / height)
  const last = first + Math.ceil(scroller.clientHeight / height)
  const isEnough = before.height === height && before.from <= Math.max(0, first - 2) && before.to >= last + 2
  return isEnough ? before : { from: Math.max(0, first - margin), to: Math.max(0, last + margin), height }
}
