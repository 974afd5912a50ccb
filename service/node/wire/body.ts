import { isUtf8 } from 'node:buffer'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { BodyMalformedError } from '../../plugins/json.ts'
import { boundOf } from './body-limits.ts'
import { checkJsonParts } from './json-parts.ts'

const binaryType = /^application\/(x-)?protobuf\b/

const protobuf = 'application/x-protobuf'

/** What a body is taken for, whatever it calls itself. */
export const bodyType = (type = ''): string => (binaryType.test(type) ? protobuf : 'application/json')

/** Whether the body is binary protobuf. */
export const isBinary = ({ headers }: FastifyRequest): boolean => headers['content-type'] === protobuf

/** Whether the answer is to be binary: on demand, or because the question was and nothing else is asked for. */
export function wantsBinary(request: FastifyRequest): boolean {
  const { accept = '*/*' } = request.headers
  return accept.includes('protobuf') || (isBinary(request) && accept.includes('*/*'))
}

/** Reads a body in either form, if it has no more parts than its path takes. */
export function readBody<T>(
  request: FastifyRequest,
  { binary, json }: { binary: (bytes: Uint8Array, mostParts: number) => T; json: (value: unknown) => T },
): T {
  if (!isBinary(request)) return json(readJson(request))
  return binary(bytesOf(request), boundOf(request.routeOptions.url).parts)
}

const bytesOf = ({ body }: FastifyRequest): Uint8Array => (body instanceof Uint8Array ? body : new Uint8Array())

/** Reads a body as JSON, if it has no more parts than its path takes. */
export function readJson(request: FastifyRequest): unknown {
  const body = bytesOf(request)
  checkJsonParts(body, boundOf(request.routeOptions.url).parts)
  if (!isUtf8(body)) throw new BodyMalformedError('Expected JSON in UTF-8.')
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString())
  } catch (cause) {
    throw new BodyMalformedError('Expected JSON.', { cause })
  }
}

/** Sends JSON that is text already. */
export const sendJson = (reply: FastifyReply, text: string): FastifyReply =>
  reply.header('content-type', 'application/json; charset=utf-8').send(text)

/** Sends binary protobuf. */
export const sendBinary = (reply: FastifyReply, bytes: Uint8Array): FastifyReply =>
  reply.header('content-type', protobuf).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
