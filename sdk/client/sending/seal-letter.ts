import type { Envelope } from '../../codec/index.ts'
import { UNIT_BYTES } from '../../verifier/index.ts'
import { useOfLane } from '../lanes/lane.ts'
import { rememberPeer } from '../session/known-peers.ts'
import type { Content } from './content.ts'
import { toReplyLane } from './conversation-lanes.ts'
import { letterOf } from './letter-lanes.ts'
import type { Letter, Sealed } from './letter-progress.ts'

type Made = { readonly content: Content; readonly id: string; readonly message: Uint8Array }

/** A message that is too long for the lane stays outside; the conversation carries it. */
export function sealFor({ mailroom, route, at }: Letter, made: Made): Sealed {
  const { peer, contact, lanes, channels } = at()
  if (!contact || !lanes) throw new Error('The lanes of a letter are planned before it is sealed.')
  const { session, purse } = mailroom
  const { lane, writer, tag } = contact
  const place = purse.paidLetters.placeFor(peer.address, lane)
  const payment = place && { place, use: useOfLane(session.network.id, lane) }
  const { reply } = lanes
  const whole = letterOf(route, { reply, tag, message: made.message, payment })
  const isInside = (route.sizeOf(whole, channels) ?? Number.POSITIVE_INFINITY) <= lane.units * UNIT_BYTES
  const sent = isInside ? whole : letterOf(route, { reply, tag, message: new Uint8Array(), payment })
  const envelope: Envelope = {
    contentTopic: lane.topic,
    timestampNs: session.clock.minuteNs(),
    message: route.seal(sent, { peer, channels }),
  }
  return { ...made, isInside, payment: place, signed: writer.sign(envelope) }
}

/** Keeps the sender's own copy, and what the recipient had published. The letter is out by now: this is no failure of it. */
export async function recordLetter(letter: Letter, sealed: Sealed): Promise<void> {
  await rememberPeer(letter.mailroom.session, letter.at().peer)
  const { lanes, channels } = letter.at()
  const copy = {
    message: sealed.isInside ? sealed.message : new Uint8Array(),
    paidRoot: sealed.payment?.terms.root ?? new Uint8Array(),
    ...(lanes && { lane: toReplyLane(lanes.own) }),
  }
  letter.route.record(copy, channels)
}
