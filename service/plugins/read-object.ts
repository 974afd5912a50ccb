import { BaseError } from '@pennypost/sdk/verifier'
import { recordOf } from './json.ts'

/** A JSON object that another service answers; reads no further than it may be long. */
export const readObject = async (response: Response, maxBytes: number): Promise<ReturnType<typeof recordOf>> =>
  recordOf(JSON.parse(await readText(response, maxBytes)))

async function readText({ body }: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new AnswerTooLargeError('Its answer is too large.')
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}

/** Another service answers more than such an answer may have. */
export class AnswerTooLargeError extends BaseError {
  readonly code = 'prover.unavailable'
}
