import { Agent, type IncomingMessage, request } from 'node:http'

/** Where requests go, and from which address. */
export type Route = { readonly port: number; readonly from: string }

/** What came back: the body as text, and the code of a refusal. */
export type Answer = { readonly status: number; readonly text: string; readonly code: string }

export type Post = {
  readonly path: string
  readonly body: Uint8Array | string
  readonly token?: string | undefined
  readonly isBinary?: boolean
}

export type Poster = (post: Post) => Promise<Answer>

/** Posts over connections that stay open, all from one loopback address. */
export function createPoster({ port, from }: Route): Poster {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  return ({ path, body, token, isBinary }) =>
    new Promise((resolve, reject) => {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body
      const sent = request(
        {
          host: '127.0.0.1',
          port,
          localAddress: from,
          agent,
          method: 'POST',
          path,
          headers: headersOf(bytes, token, isBinary),
        },
        (answer) => readAnswer(answer).then(resolve, reject),
      )
      sent.once('error', reject)
      sent.end(bytes)
    })
}

const headersOf = ({ length }: Uint8Array, token?: string, isBinary?: boolean) => ({
  'content-type': isBinary ? 'application/x-protobuf' : 'application/json',
  accept: 'application/json',
  'content-length': length,
  ...(token && { authorization: `Bearer ${token}` }),
})

async function readAnswer(answer: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const status = answer.statusCode ?? 0
  return { status, text, code: status < 400 ? 'ok' : codeOf(text, status) }
}

/** Of a problem of ours, or in the message of V2's. */
function codeOf(text: string, status: number): string {
  const found = /"code":"([a-z.-]+)"/.exec(text) ?? /"message":"([a-z-]+\.[a-z-]+):/.exec(text)
  return found?.[1] ?? `status ${status}`
}
