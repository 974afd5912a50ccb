import type { Clock } from '../plugins/clock.ts'
import type { LiveEnvelope } from './bus.ts'
import { type Place, type Replaced, replaceSeconds } from './departures.ts'

/** So many invitations are remembered at most. */
const mostTold = 1000

/**
 * Where a stream goes on that takes the place of another. What that one has sent was heard, but for what came after an
 * invitation: a stock client subscribes again at each, to one topic more, and drops what has arrived behind it.
 */
export function startAt({ topics, place: { after, told } }: Replaced, wanted: readonly string[]): Place {
  const heard = wanted.length - topics.length
  const last = told[heard - 1]
  return { after: last ? last.sequence : after, told: told.slice(heard) }
}

/** How far a stream has come. */
export function createProgress(
  { position, clock }: { readonly position: () => bigint; readonly clock: Clock },
  start?: Place,
) {
  let last = { sequence: start?.after ?? position(), at: Number.NEGATIVE_INFINITY }
  let told = start?.told ?? []
  let isLive = false
  const recent = () => told.filter(({ at }) => clock() - at <= replaceSeconds)

  return {
    isLive: () => isLive,
    live(): void {
      isLive = true
    },
    behind(): void {
      isLive = false
    },
    sent({ sequence, contentTopic }: LiveEnvelope): void {
      if (sequence === undefined || sequence <= last.sequence) return
      last = { sequence, at: clock() }
      if (contentTopic.startsWith('/xmtp/0/invite-') && told.every((one) => one.sequence !== sequence))
        told = [...recent(), { sequence, at: clock() }].slice(-mostTold)
    },
    /** After what was sent just now, and may have told the reader of a topic, or where this stream is. */
    place(): Place {
      const isQuiet = isLive && clock() - last.at > replaceSeconds
      return { after: isQuiet ? position() : last.sequence, told: recent() }
    },
  }
}
