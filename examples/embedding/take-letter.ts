import { decodePublishRequest, digestEnvelope } from '@pennypost/sdk/codec'
import { checkEnvelope } from '@pennypost/sdk/verifier'
import { type Host, type No, no } from './open-lane.ts'
import { addLetter, hasLetter, laneOf, transact } from './store.ts'

const mostParts = 100

/** Takes one letter under its lane. The letter and what is left of the lane are one transaction; a repeat changes nothing. */
export function takeLetter({ store }: Pick<Host, 'store'>, body: Uint8Array): { readonly ok: true } | No {
  const [published, ...more] = decodePublishRequest(body, mostParts).envelopes
  const { envelope } = published ?? {}
  if (!published || !envelope || more.length > 0) return no('envelope.malformed', 'Expected one letter.')
  return transact(store, () => {
    if (hasLetter(store, digestEnvelope(envelope))) return { ok: true }
    const lane = laneOf(store, published.use)
    if (!lane) return no('lane.unknown', 'There is no such lane.')
    const checked = checkEnvelope(lane, published, Date.now() / 1000)
    if (!checked.ok) return checked
    addLetter(store, checked.lane, { digest: checked.digest, message: envelope.message })
    return { ok: true }
  })
}
