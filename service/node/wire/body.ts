import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { inParts, smallAnswer } from '../../plugins/bound-answers.ts'
import { type BodyName, type BodyOf, parseJson } from './body-forms.ts'
import { boundOf } from './body-limits.ts'
import type { Decoder } from './decoder.ts'

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
export function readBody<N extends BodyName>(
  { decoder }: { readonly decoder: Decoder },
  request: FastifyRequest,
  name: N,
): BodyOf<N> | Promise<BodyOf<N>> {
  const form = isBinary(request) ? 'binary' : 'json'
  return decoder.decode({ name, form, bytes: bytesOf(request), mostParts: partsOf(request) })
}

/** Reads a small body as JSON, if it has no more parts than its path takes. */
export const readJson = (request: FastifyRequest): unknown => parseJson(bytesOf(request), partsOf(request))

const bytesOf = ({ body }: FastifyRequest): Uint8Array => (body instanceof Uint8Array ? body : new Uint8Array())

const partsOf = ({ routeOptions }: FastifyRequest): number => boundOf(routeOptions.url).parts

/** Sends JSON that is text already. */
export const sendJson = (reply: FastifyReply, text: string | Readable): FastifyReply =>
  reply.header('content-type', 'application/json; charset=utf-8').send(text)

/** Sends the parts of a JSON text, made of so many bytes: where these are many, each part is made when the one before is taken. */
export const sendJsonParts = (reply: FastifyReply, parts: Iterable<string>, bytes: number): FastifyReply =>
  sendJson(reply, bytes <= smallAnswer ? [...parts].join('') : inParts(parts, bytes))

/** Sends binary protobuf. */
export const sendBinary = (reply: FastifyReply, bytes: Uint8Array): FastifyReply =>
  reply.header('content-type', protobuf).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
