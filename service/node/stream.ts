import type { FastifyReply, FastifyRequest } from 'fastify'
import { callerOf } from '../plugins/callers.ts'
import type { Clock } from '../plugins/clock.ts'
import type { LiveEnvelope } from './bus.ts'
import type { Place } from './departures.ts'
import type { Pump } from './pump.ts'
import { createProgress } from './stream-place.ts'
import type { StreamSink } from './subscribe.ts'
import { type StreamAccount, streamBudgets, type Waiting } from './waiting.ts'

/** How a stream writes: one form for each kind of client. */
export type StreamFormat = {
  readonly contentType: string
  /** The same bytes each time, so that streams share them. */
  envelope(envelope: LiveEnvelope): Uint8Array
  /** Nothing new, up to this sequence. */
  keepAlive(position: bigint | undefined): Uint8Array
}

/** A request that is answered with a stream. */
export type StreamExchange = {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** What it listens to. */
  readonly topics: readonly string[] | 'all'
  /** Unix seconds; nothing is sent from then on. */
  readonly until?: number | undefined
  /** Where it begins; without it, from now on. */
  readonly start?: Place | undefined
  /** Told how to find out how far it has come; answers what is told that at its end. */
  readonly onStart?: ((place: () => Place) => (place: Place) => void) | undefined
}

/** What streams are made with. */
export type StreamParts = {
  /** How far the store is. */
  readonly position: () => bigint
  readonly waiting: Waiting
  readonly pump: Pump
  readonly clock: Clock
}

/** One stream, over a response whose head is out. */
export type Stream = { readonly sink: StreamSink; ping(): void; close(): void }

export function createStream(parts: StreamParts, exchange: StreamExchange, format: StreamFormat): Stream {
  const { request, reply, topics } = exchange
  const share = topics === 'all' ? streamBudgets.all : streamBudgets.topics
  const progress = createProgress(parts, exchange.start)
  const onEnd = exchange.onStart?.(progress.place)
  const account = parts.waiting.open({ caller: callerOf(request), share, cut: drop })
  const output = createOutput(exchange, account, parts)

  const ping = (): void => output.write(format.keepAlive(progress.isLive() ? parts.position() : undefined))
  function drop(): void {
    progress.behind()
    reply.raw.destroy()
  }
  const sink: StreamSink = {
    send(envelope) {
      const chunk = format.envelope(envelope)
      const isTaken = output.goesOn() && account.hasRoomFor(chunk)
      if (isTaken) output.write(chunk, () => progress.sent(envelope))
      return isTaken
    },
    live() {
      progress.live()
      ping()
    },
    behind: progress.behind,
    drained: output.drained,
    cut() {
      if (output.goesOn()) drop()
    },
    fail(error) {
      request.log.error({ err: error }, 'A stream failed.')
      drop()
    },
  }
  return {
    sink,
    ping() {
      if (output.goesOn() && account.bytes() === 0) ping() // a reader that does not read needs no sign of life
    },
    close() {
      if (account.bytes() > 0) progress.behind()
      onEnd?.(progress.place())
      output.close()
    },
  }
}

/** Writes, counts what waits, and ends with the token. */
function createOutput(
  { request, reply: { raw }, until }: StreamExchange,
  account: StreamAccount,
  { clock, pump }: Pick<StreamParts, 'clock' | 'pump'>,
) {
  const caller = callerOf(request)
  const left = until === undefined ? undefined : Math.max(0, until - clock()) * 1000
  const timer = left === undefined ? undefined : setTimeout(goesOn, Math.ceil(left) + 5).unref() // timers may be early
  let wake = (): void => undefined

  /** Once the token is over, what still waits is for nobody. */
  function goesOn(): boolean {
    if (raw.destroyed || raw.writableEnded) return false
    if (until === undefined || clock() < until) return true
    if (account.bytes() === 0) raw.end()
    else raw.destroy()
    return false
  }

  return {
    goesOn,
    write(chunk: Uint8Array, onSent: () => void = () => undefined): void {
      if (!goesOn()) return
      const sent = (error?: Error | null): void => {
        if (error) return // what waited counts as not sent, until the stream is closed
        account.release(chunk)
        onSent()
        if (account.bytes() === 0) wake()
      }
      pump.push(caller, { bytes: chunk.length, write: () => void (goesOn() && raw.write(chunk, sent)) })
      account.hold(chunk)
    },
    async drained(): Promise<boolean> {
      while (goesOn() && account.bytes() > 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return goesOn()
    },
    close(): void {
      clearTimeout(timer)
      account.close()
      wake()
    },
  }
}
