import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a prover asks, and what the chain answers; `result` may be changed. */
export type Call = {
  readonly method: string
  // biome-ignore lint/suspicious/noExplicitAny: JSON-RPC
  readonly params: any[]
  // biome-ignore lint/suspicious/noExplicitAny: JSON-RPC
  result: any
}

/** An endpoint between a prover and its chain that a test makes lie or fail. */
export async function startFalseEndpoint(target: string) {
  const endpoint = {
    url: '',
    /** Sees each call with its answer, and may change that; or says a status, an error, or that nothing is answered. */
    lie: undefined as ((call: Call) => undefined | 'hang' | { status: number } | { error: object }) | undefined,
    close: async () => {},
  }
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString()
    const headers = { 'content-type': 'application/json' }
    const { jsonrpc, id, result, error } = await (await fetch(target, { method: 'POST', headers, body })).json()
    const call: Call = { params: [], ...JSON.parse(body), result }
    const said = endpoint.lie?.(call)
    if (said === 'hang') return
    if (said && 'status' in said) return void response.writeHead(said.status).end()
    const outcome = said ?? (error ? { error } : { result: call.result })
    response.writeHead(200, headers).end(JSON.stringify({ jsonrpc, id, ...outcome }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endpoint.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  endpoint.close = () =>
    new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  return endpoint
}
