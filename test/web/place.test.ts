import { beforeEach, describe, expect, test, vi } from 'vitest'
import { arrive, go } from '../../web/desk/place.ts'

describe('what begins a place', () => {
  const [body, pressed, other] = [{}, {}, {}]
  const focus = vi.fn()
  const heading = { focus } as unknown as HTMLElement

  beforeEach(() => {
    focus.mockClear()
    vi.stubGlobal('document', { body, activeElement: pressed })
    vi.stubGlobal('history', { pushState: () => undefined })
    go({ kind: 'rule' })
    return () => vi.unstubAllGlobals()
  })

  test.each([
    ['the person is still where they have pressed', pressed, 1],
    ['what they have pressed is gone', body, 1],
    ['they have gone on to something else while it was fetched', other, 0],
  ])('has the focus or not where %s', (_, activeElement, times) => {
    vi.stubGlobal('document', { body, activeElement })
    arrive(heading)
    expect(focus).toHaveBeenCalledTimes(times)
  })
})
