import { createPublicClient, custom, type Hex, numberToHex, type Transport } from 'viem'
import { isReverted } from '../chain/index.ts'

/** Something that an account is said to have signed. */
export type Signed = { readonly account: Hex; readonly digest: Hex; readonly signature: Hex }

/** What it may take to check: it keeps no endpoint busy. The account may be deployed on the way (ERC-6492). */
const gas = numberToHex(5_000_000)

/**
 * Whether an account that may be a contract has signed. The client takes an endpoint that fails for an account that
 * refuses; whatever failed otherwise is thrown.
 */
export async function verifySignature(transport: Transport, { account, digest, signature }: Signed): Promise<boolean> {
  let fault: unknown
  const watched: Transport = (options) => {
    const { request } = transport(options)
    const watch = async (call: { method: string; params?: unknown }) => {
      try {
        return await request(boundGas(call) as never)
      } catch (error) {
        if (!isReverted(error)) fault = error
        throw error
      }
    }
    return custom({ request: watch as never }, { retryCount: 0 })(options)
  }
  const client = createPublicClient({ transport: watched, cacheTime: 0 })
  const isValid = await client.verifyHash({ address: account, hash: digest, signature })
  if (!isValid && fault !== undefined) throw fault
  return isValid
}

function boundGas({ method, params }: { method: string; params?: unknown }) {
  const [call, ...rest] = Array.isArray(params) ? params : []
  return { method, params: method === 'eth_call' ? [{ ...call, gas }, ...rest] : params }
}
