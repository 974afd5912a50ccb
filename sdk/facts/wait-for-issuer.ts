import { pause } from '../async.ts'
import type { Hex } from '../crypto/index.ts'
import {
  askProver,
  type Fetch,
  isRecord,
  ProverRefusedError,
  ProverResponseError,
  ProverUnavailableError,
} from '../transport/index.ts'

/** How far an issuer has come with a fact that takes long to look up. */
export type FactProgress = { readonly done: number; readonly of: number }

/** Where an issuer answers, and who is told how far it has come. */
export type IssuerAnswers = {
  /** The issuer's URL. */
  readonly url: string
  /** Of a list, the path of the account in it. */
  readonly path?: readonly Hex[] | undefined
  readonly fetch?: Fetch | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: FactProgress) => void) | undefined
}

const pollMs = 1_000
/** Who has an account wait for longer without coming further is taken for down; so is who never comes to an end. */
const [silentMs, longestMs] = [600_000, 3_600_000]

/** Asks an issuer, and waits until it has looked; what it has issued is not checked here. */
export async function waitForIssuer(
  body: object,
  { url, fetch, signal, onProgress }: IssuerAnswers,
): Promise<Record<string, unknown>> {
  if (!URL.canParse(url)) throw new ProverUnavailableError(`"${url}", where an issuer should be, is no URL.`)
  const ask = (path: string, sent?: unknown) => askProver({ url: new URL(path, url).href, fetch, signal, body: sent })
  let answer = await ask('/v1/facts', body)
  const patience = createPatience()
  while (patience.isLeft()) {
    if (isRecord(answer) && answer.status === 'issued') return answer
    const { id, progress } = readWait(answer)
    if (isProgress(progress)) {
      patience.renew(progress.done)
      onProgress?.(progress)
    }
    await pause(pollMs, signal)
    answer = await ask(`/v1/facts/${id}`).catch((error) => {
      if (!isForgotten(error)) throw error
      return ask('/v1/facts', body) // it has started anew, and goes on where it was
    })
  }
  throw new ProverUnavailableError('The issuer has not answered within the time that it may take.')
}

function createPatience() {
  const last = performance.now() + longestMs
  let [until, best] = [performance.now() + silentMs, 0]
  return {
    isLeft: () => performance.now() < until,
    renew(done: number): void {
      if (done <= best) return
      best = done
      until = Math.min(performance.now() + silentMs, last)
    },
  }
}

const isForgotten = (error: unknown): boolean => error instanceof ProverRefusedError && error.reason === 'fact.unknown'

function readWait(answer: unknown): { readonly id: string; readonly progress: unknown } {
  const { id, status, progress } = isRecord(answer) ? answer : {}
  const isName = typeof id === 'string' && /^[0-9a-f]{64}$/.test(id)
  if (status === 'waiting' && isName) return { id, progress }
  throw new ProverResponseError('Expected what was asked for, or a wait for it.')
}

const isProgress = (value: unknown): value is FactProgress =>
  isRecord(value) && Number.isSafeInteger(value.done) && Number.isSafeInteger(value.of)
