import { decodeLaneRequest, decodePublishRequest, verifyToken } from '../../sdk/codec/index.ts'
import { toHex } from '../../sdk/crypto/index.ts'
import { useOfRequest } from '../../sdk/verifier/index.ts'

/** An envelope that a stream brought to its reader. */
export type Delivery = { readonly at: number; readonly topic: string; readonly bytes: number }

/** The terms of a lane, as its request shows them. */
export type SeenLane = {
  readonly use: string
  readonly units: number
  readonly expiresAt: number
  /** Stamps that its request shows. */
  readonly tickets?: number | undefined
}

/** What a node, or whoever sees its requests, knows of one of them without opening anything. */
export type Seen = {
  readonly id: number
  /** Unix seconds at which it arrived. */
  readonly at: number
  readonly path: string
  /** All topics that its body speaks of, each once. */
  readonly topics: readonly string[]
  /** Whose token it carries. */
  readonly wallet: string | undefined
  /** Bytes of the request, and of the answer so far. */
  readonly bytes: number
  answerBytes: number
  status: number
  /** Of a request for a lane. */
  readonly lane: SeenLane | undefined
  /** Lanes that something was published under, in hex. */
  readonly uses: readonly string[]
  /** A stream that says where to resume. */
  readonly after: string | undefined
  /** When a stream was over; undefined while it is open, and for other requests. */
  endedAt: number | undefined
  readonly deliveries: Delivery[]
}

/** A request as it arrives. */
export type Arrival = {
  readonly path: string
  readonly headers: Headers
  readonly body: Uint8Array
  readonly at: number
}

/** Notes what a passive node sees. */
export type Observer = {
  readonly seen: readonly Seen[]
  arrive(arrival: Arrival): Seen
}

const topicPattern = /\/xmtp\/0\/[\x21\x23-\x2e\x30-\x7e]+(?:\/key_bundle)?\/proto/g

/** The topics that a body speaks of, in JSON or protobuf. */
export const topicsIn = (body: Uint8Array): string[] => [
  ...new Set(Buffer.from(body).toString('latin1').match(topicPattern) ?? []),
]

/** An observer of one node; `networkId` is known to everybody. */
export function createObserver(networkId: Uint8Array): Observer {
  const seen: Seen[] = []
  const wallets = new Map<string, string>()

  function walletOf(headers: Headers, at: number): string | undefined {
    const token = headers.get('authorization')?.replace(/^Bearer /, '')
    if (!token) return undefined
    const wallet = wallets.get(token) ?? verifyToken(token, at).address
    wallets.set(token, wallet)
    return wallet
  }

  function laneIn(path: string, body: Uint8Array): SeenLane | undefined {
    if (path !== '/v1/lanes') return undefined
    const request = decodeLaneRequest(body)
    const use = toHex(useOfRequest(networkId, request))
    const tickets = request.evidence.filter(({ kind }) => kind?.case === 'ticket').length
    return { use, units: request.units, expiresAt: Number(request.expiresAt), tickets }
  }

  return {
    seen,
    arrive({ path, headers, body, at }) {
      const isLanePublish = path === '/v1/publish' && headers.get('content-type')?.includes('protobuf')
      const request: Seen = {
        id: seen.length,
        at,
        path,
        topics: topicsIn(body),
        wallet: walletOf(headers, at),
        bytes: body.length,
        answerBytes: 0,
        status: 0,
        lane: laneIn(path, body),
        uses: isLanePublish ? decodePublishRequest(body).envelopes.map(({ use }) => toHex(use)) : [],
        after: path.endsWith('/subscribe') ? /"after":"?(\d+)/.exec(Buffer.from(body).toString())?.[1] : undefined,
        endedAt: undefined,
        deliveries: [],
      }
      seen.push(request)
      return request
    },
  }
}
