import type { Envelope } from '../../codec/index.ts'
import { NodeRefusedError } from '../../transport/index.ts'
import type { ClientContext } from './context.ts'
import { type Refusal, refuse } from './refusal.ts'
import { patiently } from './retry.ts'

type Context = Pick<ClientContext, 'node' | 'token'>

/** Publishes as XMTP V2 does, in the open: with the account's token. A refusal is a value. */
export async function publishOpenly(
  { node, token }: Context,
  envelopes: readonly Envelope[],
  signal?: AbortSignal,
): Promise<{ ok: true } | Refusal> {
  try {
    const options = () => ({ token: token(), ...(signal && { signal }) })
    await patiently(() => node.publish(envelopes, options()), signal)
    return { ok: true }
  } catch (error) {
    if (!(error instanceof NodeRefusedError)) throw error
    return refuse(String(error.problem.reason), error.problem.message)
  }
}
