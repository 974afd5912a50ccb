import { pause } from '../async.ts'
import { askProver, type Fetch, isRecord, ProverResponseError, ProverUnavailableError } from '../transport/index.ts'

/** How far an issuer has come with a fact that takes long to look up. */
export type FactProgress = { readonly done: number; readonly of: number }

/** Where an issuer answers, and who is told how far it has come. */
export type IssuerAnswers = {
  /** The issuer's URL. */
  readonly url: string
  readonly fetch?: Fetch | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: FactProgress) => void) | undefined
}

const pollMs = 1_000
/** Who has an account wait for longer is taken for down. */
const longestMs = 600_000

/** Asks an issuer, and waits until it has looked; what it has issued is not checked here. */
export async function waitForIssuer(
  body: object,
  { url, fetch, signal, onProgress }: IssuerAnswers,
): Promise<Record<string, unknown>> {
  if (!URL.canParse(url)) throw new ProverUnavailableError(`"${url}", where an issuer should be, is no URL.`)
  const ask = (path: string, sent?: unknown) => askProver({ url: new URL(path, url).href, fetch, signal, body: sent })
  let answer = await ask('/v1/facts', body)
  const until = performance.now() + longestMs
  while (performance.now() < until) {
    if (isRecord(answer) && answer.status === 'issued') return answer
    const { id, progress } = readWait(answer)
    if (isProgress(progress)) onProgress?.(progress)
    await pause(pollMs, signal)
    answer = await ask(`/v1/facts/${id}`)
  }
  throw new ProverUnavailableError('The issuer has not answered within ten minutes.')
}

function readWait(answer: unknown): { readonly id: string; readonly progress: unknown } {
  const { id, status, progress } = isRecord(answer) ? answer : {}
  const isName = typeof id === 'string' && /^[0-9a-f]{64}$/.test(id)
  if (status === 'waiting' && isName) return { id, progress }
  throw new ProverResponseError('Expected what was asked for, or a wait for it.')
}

const isProgress = (value: unknown): value is FactProgress =>
  isRecord(value) && Number.isSafeInteger(value.done) && Number.isSafeInteger(value.of)
