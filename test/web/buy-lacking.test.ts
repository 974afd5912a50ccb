import { expect, test, vi } from 'vitest'
import type { Client, ClientEvent } from '../../sdk/index.ts'
import { buyLacking } from '../../web/money/buy-lacking.ts'
import type { Way } from '../../web/money/find-ways.ts'

const way = { quote: { stamps: 2 }, cost: 10n } as unknown as Way

/** An account whose clients in several tabs know what they have read: the log is the same for all of them. */
function account({ held = 0, coming = 0, isSlow = false } = {}) {
  const log = { held, coming }
  const buy = vi.fn(async ({ count }: { readonly count: number; readonly maxPrice?: bigint }) => {
    await new Promise((resolve) => setTimeout(resolve, 20)) // the wallet asks
    if (isSlow) log.coming += count
    else log.held += count
    return {}
  })
  const prepare = vi.fn(async (_: { readonly count?: number }) => undefined)
  const tab = (address = `0x${'1'.repeat(40)}`) => {
    let known = { stamps: log.held, coming: log.coming }
    const balance = async ({ isFresh = false } = {}) => {
      if (isFresh) known = { stamps: log.held, coming: log.coming }
      return known
    }
    return { address, stamps: { buy, balance, prepare } } as unknown as Client
  }
  return { log, buy, prepare, tab }
}

function watch() {
  const told: string[] = []
  const ending = new AbortController()
  const onProgress = (event: ClientEvent) => void (event.kind === 'waiting' && told.push(event.code))
  return { told, ending, given: { signal: ending.signal, onProgress } }
}

test('tabs that all press at once buy once, and each says so', async () => {
  const { buy, tab } = account()
  const watches = [watch(), watch(), watch()]
  await Promise.all(watches.map(({ given }) => buyLacking(tab(), way, given)))
  expect(buy.mock.calls.map(([{ count, maxPrice }]) => ({ count, maxPrice }))).toEqual([{ count: 2, maxPrice: 10n }])
  expect(watches.map(({ told }) => told)).toEqual([[], ['stamps.other-tab'], ['stamps.other-tab']])
})

test('what another has bought of it is not bought again, and the rest is', async () => {
  const { log, buy, prepare, tab } = account()
  const late = tab()
  log.held = 1
  await buyLacking(late, way, watch().given)
  expect(buy.mock.calls.map(([{ count }]) => count)).toEqual([1])
  expect(prepare.mock.calls.map(([{ count }]) => count)).toEqual([2]) // all that the letter takes
})

test('what the chain has and no checkpoint names yet is waited for, and not bought', async () => {
  vi.useFakeTimers()
  try {
    const { log, buy, tab } = account({ coming: 2 })
    const { told, given } = watch()
    const buying = buyLacking(tab(), way, given)
    await vi.advanceTimersByTimeAsync(3_500)
    Object.assign(log, { held: 2, coming: 0 })
    await vi.advanceTimersByTimeAsync(1_500)
    await buying
    expect(buy).not.toHaveBeenCalled()
    expect(told).toEqual(['stamps.not-there', 'stamps.not-there', 'stamps.not-there'])
  } finally {
    vi.useRealTimers()
  }
})

test('who stops while another tab buys has bought nothing', async () => {
  const { buy, tab } = account()
  const first = buyLacking(tab(), way, watch().given)
  const { ending, given } = watch()
  const second = buyLacking(tab(), way, given)
  ending.abort()
  await expect(second).rejects.toThrow(/abort/i)
  await first
  expect(buy).toHaveBeenCalledTimes(1)
})

test('another account does not wait', async () => {
  const [one, other] = [account(), account()]
  const { told, given } = watch()
  await Promise.all([buyLacking(one.tab(), way, given), buyLacking(other.tab(`0x${'2'.repeat(40)}`), way, given)])
  expect(told).toEqual([])
})
