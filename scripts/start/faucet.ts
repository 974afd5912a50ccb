import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createQueue } from '../../sdk/async.ts'
import { type Address, checksumAddress } from '../../sdk/crypto/index.ts'
import { BaseError } from '../../sdk/errors.ts'
import type { LocalNetwork } from './network.ts'

/** Hands out test tokens and gas. */
export type Faucet = { readonly url: string; close(): Promise<void> }

/** Tokens for one request. */
export const drop = 100n
/** What it has in all. */
const stock = 100_000n
const unit = 10n ** 18n
/** An address and some names around it. */
const mostBytes = 1024

/**
 * Hands out tokens and one ether to whoever asks on this machine: by its page, or by `POST /` with `address=0x…`. Pages of
 * other machines may not ask: neither by their own name nor by one that leads here.
 */
export async function startFaucet(network: LocalNetwork, { port = 0 } = {}): Promise<Faucet> {
  await network.fund(network.faucetKey, stock * unit)
  const inTurn = createQueue() // each transaction has the next number
  const give = (to: Address) => inTurn(() => network.give(network.faucetKey, to, drop * unit))
  const server = createServer((request, response) => void serve(request, response, give))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${taken}`,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

type Give = (to: Address) => Promise<void>

async function serve(request: IncomingMessage, response: ServerResponse, give: Give): Promise<void> {
  const { origin } = request.headers
  if (origin && isHere(origin)) response.setHeader('access-control-allow-origin', origin)
  const answer = await answerOf(request, give)
  response.writeHead(answer.status, { 'content-type': `${answer.type ?? 'text/plain'}; charset=utf-8` })
  response.end(answer.text)
}

type Answer = { readonly status: number; readonly text: string; readonly type?: string }

async function answerOf(request: IncomingMessage, give: Give): Promise<Answer> {
  const { host = '', origin } = request.headers
  if (!isHere(`http://${host}`) || (origin && !isHere(origin))) return { status: 403, text: 'Only for this machine.\n' }
  if (request.method === 'GET') return { status: 200, text: page, type: 'text/html' }
  if (request.method !== 'POST') return { status: 405, text: 'POST address=0x…\n' }
  try {
    const to = checksumAddress(new URLSearchParams(await readBody(request)).get('address')?.trim() ?? '')
    await give(to)
    return { status: 200, text: `${to} has ${drop} tokens and 1 ether more.\n` }
  } catch (error) {
    if (error instanceof BaseError) return { status: 400, text: `${error.message}\n` }
    return { status: 500, text: 'The chain has not taken it. Is it still running?\n' }
  }
}

const isHere = (origin: string): boolean =>
  URL.canParse(origin) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(origin).hostname)

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const part of request.setEncoding('utf8')) {
    body += part
    if (body.length > mostBytes) return ''
  }
  return body
}

const page = `<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<title>Test tokens</title>
<h1>Test tokens and gas</h1>
<form method="post">
  <label>Address <input name="address" size="44" required pattern="0x[0-9a-fA-F]{40}"></label>
  <button>Send ${drop} tokens and 1 ether</button>
</form>
<p>They are good on this machine's chain only.</p>
</html>
`
