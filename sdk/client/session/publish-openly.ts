import type { Envelope } from '../../codec/index.ts'
import { type NamedNode, NodeRefusedError } from '../../transport/index.ts'
import { type Refusal, refusalOf } from './refusal.ts'
import { retried } from './retry.ts'

/** Publishes as XMTP V2 does, in the account's name. A refusal is a value. */
export async function publishOpenly(
  named: Pick<NamedNode, 'publish'>,
  envelopes: readonly Envelope[],
  signal?: AbortSignal,
): Promise<{ readonly ok: true } | Refusal> {
  try {
    await retried(() => named.publish(envelopes, { signal }), signal)
    return { ok: true }
  } catch (error) {
    if (!(error instanceof NodeRefusedError)) throw error
    return refusalOf({ code: String(error.problem.reason), message: error.problem.message, missing: [] }, {})
  }
}
