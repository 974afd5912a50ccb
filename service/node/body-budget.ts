import type { Clock } from '../plugins/clock.ts'
import { createBudget } from './budget.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Most bytes of large bodies, from the moment that they are announced until they are answered. */
export type BodyBounds = {
  /** Of one caller, at a time. */
  readonly ofCaller: number
  /** Of one caller, in a minute. */
  readonly ofMinute: number
  /** Of all callers, at a time. */
  readonly overall: number
}

const mebibyte = 1024 * 1024

export const bodyBounds: BodyBounds = {
  /** Two publishes of the largest size. */
  ofCaller: 32 * mebibyte,
  ofMinute: 256 * mebibyte,
  /** Decoding multiplies it; with what waits for streams it stays within the gibibyte that a node is to live in. */
  overall: 96 * mebibyte,
}

/** Bodies up to this size are read in any case: there is one a connection at a time. */
export const smallBody = 64 * 1024

/** A body that is announced: by whom, how large, and how to end its request. */
export type AnnouncedBody = { readonly who: string; readonly bytes: number; readonly cut: () => void }

/** The large bodies that are being read or answered. */
export type BodyBudget = {
  /** Admits a body or says why not; where there is no room, one of whoever holds more gives way. */
  take(body: AnnouncedBody): Refusal | undefined
  /** It is answered, or will never be. */
  giveBack(body: AnnouncedBody): void
}

const tooManyOfCaller = refuse('rate.limited', 'Too many large requests at once. Wait for the answers.')
const tooManyOfMinute = refuse('rate.limited', 'Too many bytes. Wait a minute.')
const tooManyOverall = refuse('node.unavailable', 'Too many large requests. Try again in a moment.')

export function createBodyBudget({ bounds, clock }: { bounds: BodyBounds; clock: Clock }): BodyBudget {
  const minute = createBudget({ perMinute: bounds.ofMinute, clock })
  const held = new Map<string, Set<AnnouncedBody>>()

  const heldBy = (who: string): number => sumOf(held.get(who) ?? [])
  const overall = (): number => [...held.values()].reduce((sum, bodies) => sum + sumOf(bodies), 0)

  function giveBack(body: AnnouncedBody): void {
    const bodies = held.get(body.who)
    bodies?.delete(body)
    if (bodies?.size === 0) held.delete(body.who)
  }

  /** The oldest of whoever holds most, if that is more than the newcomer would. */
  function whoGivesWay({ who, bytes }: AnnouncedBody): AnnouncedBody | undefined {
    const most = [...held.values()].reduce((a, b) => (sumOf(b) > sumOf(a) ? b : a), new Set<AnnouncedBody>())
    return sumOf(most) > heldBy(who) + bytes ? most.values().next().value : undefined
  }

  /** Whether there is room, once others have given way. */
  function makeRoom(body: AnnouncedBody): boolean {
    while (overall() + body.bytes > bounds.overall) {
      const other = whoGivesWay(body)
      if (!other) return false
      giveBack(other)
      other.cut()
    }
    return true
  }

  return {
    giveBack,
    take(body) {
      const { who, bytes } = body
      if (heldBy(who) + bytes > bounds.ofCaller) return tooManyOfCaller
      if (minute.spent(who) + bytes > bounds.ofMinute) return tooManyOfMinute
      if (!makeRoom(body)) return tooManyOverall
      minute.spend(who, bytes)
      held.set(who, (held.get(who) ?? new Set()).add(body))
      return undefined
    },
  }
}

const sumOf = (bodies: Iterable<AnnouncedBody>): number => [...bodies].reduce((sum, { bytes }) => sum + bytes, 0)
