import { type Answer, createPoster, type Post, type Route } from '../http.ts'
import type { SoakWallet } from '../wallets.ts'

/** What an attacker has: an address, wallets, and somebody to tell what it is answered. */
export type Attacker = Route & {
  readonly wallets: readonly SoakWallet[]
  readonly signal: AbortSignal
  /** Counts an answer by its code. */
  readonly tell: (code: string) => void
}

/** Goes on until the signal says that it is over. */
export type Attack = (attacker: Attacker) => Promise<void>

/** Waits; not beyond the end of the attack. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}

type Pace = {
  /** Requests at a time. */
  readonly atOnce: number
  /** Milliseconds that each place rests after an answer at least. */
  readonly restMs: number
}

/** What a line of a gigabit a second carries: more comes only from more machines, which have addresses of their own. */
const bytesPerMs = 125_000

/** Posts from several places at once, each again when it was answered and the line has room. */
export async function flood(attacker: Attacker, { atOnce, restMs }: Pace, next: (i: number) => Post): Promise<void> {
  const post = createPoster(attacker)
  let i = 0
  let freeAt = performance.now()
  const place = async (): Promise<void> => {
    while (!attacker.signal.aborted) {
      const one = next(i++)
      freeAt = Math.max(freeAt, performance.now()) + one.body.length / bytesPerMs
      await pause(Math.max(0, freeAt - performance.now()), attacker.signal)
      attacker.tell(await ask(() => post(one)))
      await pause(restMs, attacker.signal)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, place))
}

const ask = (send: () => Promise<Answer>): Promise<string> =>
  send().then(
    ({ code }) => code,
    (error) => error.code ?? 'no answer',
  )
