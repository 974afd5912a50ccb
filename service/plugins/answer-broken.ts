import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type Problem, writeProblem } from './problem.ts'

const problems: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'request.head-too-large', detail: 'A head has 16 KiB at most.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request.too-slow', detail: 'The request did not come in time.' },
}

/** Answers, and ends, a connection on which no request could be read: there is none that a handler could be given. */
export function answerBroken({ code = '' }: { readonly code?: string }, socket: Socket): void {
  const { [code]: problem = { status: 400, code: 'request.invalid', detail: 'This is no request of HTTP/1.1.' } } =
    problems
  const body = writeProblem(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'content-type: application/problem+json',
    `content-length: ${body.length}`,
    'connection: close',
  ]
  if (socket.writable && code !== 'ECONNRESET') socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  socket.destroySoon()
}
