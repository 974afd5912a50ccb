import { encodeLaneRequest, encodePublishRequest, type LaneEnvelope, type LaneRequest } from '../../sdk/codec/index.ts'
import { ed25519PublicKey, randomBytes } from '../../sdk/crypto/index.ts'

// What somebody can try who has recorded all that an honest sender sent. Each answers the code of the node's refusal.

/** The same ticket, for a lane of one's own. */
export function useElsewhere(url: string, request: LaneRequest): Promise<string> {
  return openLane(url, { ...request, holder: ed25519PublicKey(randomBytes(32)) })
}

/** The same ticket under another nullifier, which was never used. */
export function forgeTicket(url: string, request: LaneRequest): Promise<string> {
  const nullifier = randomBytes(32)
  nullifier[0] = 0
  const evidence = request.evidence.map((piece) => {
    if (piece.kind.case !== 'ticket') return piece
    return { ...piece, kind: { case: piece.kind.case, value: { ...piece.kind.value, nullifier } } }
  })
  return openLane(url, { ...request, holder: ed25519PublicKey(randomBytes(32)), evidence })
}

/** The recorded letter again, as if it were the lane's next one. */
export function publishAgain(url: string, letter: LaneEnvelope): Promise<string> {
  const envelope = letter.envelope && { ...letter.envelope, timestampNs: letter.envelope.timestampNs + 1n }
  const again = { ...letter, ...(envelope && { envelope }), counter: letter.counter + 1 }
  return post(`${url}/v1/publish`, encodePublishRequest({ envelopes: [again] }))
}

const openLane = (url: string, request: LaneRequest): Promise<string> =>
  post(`${url}/v1/lanes`, encodeLaneRequest(request))

async function post(url: string, body: Uint8Array): Promise<string> {
  const headers = { 'content-type': 'application/x-protobuf' }
  const response = await fetch(url, { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> })
  if (response.ok) return 'accepted'
  return ((await response.json()) as { code: string }).code
}
