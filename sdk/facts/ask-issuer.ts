import { pause } from '../async.ts'
import { toBytes32 } from '../crypto/abi.ts'
import { FIELD_ORDER } from '../crypto/field.ts'
import { commitmentOf, credentialOf, type Hex, isNoteSigned, type NoteSignature, toHex } from '../crypto/index.ts'
import { classIdOf } from '../crypto/use.ts'
import { factClassOf, formatRule, plainFactOf } from '../policy/index.ts'
import {
  askProver,
  type Fetch,
  isRecord,
  ProverRefusedError,
  ProverResponseError,
  ProverUnavailableError,
} from '../transport/index.ts'
import { factClass, factExpiryOf } from '../verifier/fact-class.ts'
import type { FactRequest } from './fact-request.ts'

/** How far an issuer has come with a fact that takes long to look up. */
export type FactProgress = { readonly done: number; readonly of: number }

export type AskOptions = FactRequest & {
  /** The issuer's URL. */
  readonly url: string
  /** The subject's, over {@link factTypedData}. */
  readonly signature: Hex
  /** Of a list, the path of the account in it. */
  readonly path?: readonly Hex[] | undefined
  readonly fetch?: Fetch | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: FactProgress) => void) | undefined
}

const pollMs = 1_000
/** Who has an account wait for longer without coming further is taken for down; so is who never comes to an end. */
const [silentMs, longestMs] = [600_000, 3_600_000]

/**
 * Asks an issuer for its signature over a note, and waits until it has looked. The same question gives the same answer.
 *
 * Throws `prover.refused` with the issuer's own reason (`fact.not-so`, `fact.issued`, …), `prover.unavailable`, or
 * `prover.response` for a note of other terms than all have: an issuer could tell one by them.
 */
export async function askIssuer(options: AskOptions): Promise<NoteSignature> {
  const { url, fetch, signal, onProgress, fact, epoch, subject, signature } = options
  if (!URL.canParse(url)) throw new ProverUnavailableError(`"${url}", where an issuer should be, is no URL.`)
  const body = {
    condition: formatRule(plainFactOf(fact)),
    subject,
    epoch,
    secretHash: hexOf(options.secretHash),
    personHash: hexOf(options.personHash),
    signature,
    path: options.path,
  }
  const ask = (path: string, sent?: unknown) => askProver({ url: new URL(path, url).href, fetch, signal, body: sent })
  let answer = await ask('/v1/facts', body)
  const patience = createPatience()
  while (patience.isLeft()) {
    if (isRecord(answer) && answer.status === 'issued') return readSignature(answer, options)
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
  throw new ProverResponseError('Expected a note or a wait for it.')
}

function readSignature(answer: unknown, { fact, epoch, issuer, secretHash, personHash }: FactRequest): NoteSignature {
  const credential = isRecord(answer) ? answer.credential : undefined
  const read = (name: string): bigint => wordOf(isRecord(credential) ? credential[name] : undefined, name)
  const terms = [read('classId'), read('limit'), read('expiry')]
  const expected = [classIdOf(factClassOf(fact)), BigInt(factClass.limit), BigInt(factExpiryOf(epoch))]
  if (terms.some((term, i) => term !== expected[i])) {
    throw new ProverResponseError('The note is of another class, limit or expiry than was asked for.')
  }
  const signature = { r8x: read('r8x'), r8y: read('r8y'), s: read('s') }
  const [classId = 0n, limit = 0n, expiry = 0n] = terms
  const commitment = commitmentOf(secretHash, personHash)
  if (isNoteSigned(credentialOf({ commitment, classId, limit, expiry }), signature, issuer)) return signature
  throw new ProverResponseError("The signature is not the issuer's over the note.")
}

function wordOf(value: unknown, name: string): bigint {
  const isNumber = typeof value === 'string' && /^(0|[1-9]\d{0,77})$/.test(value)
  if (!isNumber || BigInt(value) >= FIELD_ORDER) throw new ProverResponseError(`Expected a field element as ${name}.`)
  return BigInt(value)
}

const isProgress = (value: unknown): value is FactProgress =>
  isRecord(value) && Number.isSafeInteger(value.done) && Number.isSafeInteger(value.of)

const hexOf = (value: bigint): Hex => `0x${toHex(toBytes32(value))}`
