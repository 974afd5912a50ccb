import { BaseError } from '../../errors.ts'
import type { NodeInfo } from '../../transport/index.ts'
import type { Tell } from './events.ts'

type Checked = { readonly now: () => number; readonly tell: Tell }

/** In seconds: what is said, and what nothing is signed with. */
const [said, refused] = [120, 3600] as const

/**
 * Compares this device's clock with the node's. The node's time is never taken over: a node could give each client one of its
 * own, and know it by that ever after.
 */
export async function checkClock(ask: () => Promise<NodeInfo>, { now, tell }: Checked): Promise<NodeInfo> {
  const asked = now()
  const info = await ask()
  const answered = now()
  if (info.time === undefined) return info
  // The node has answered somewhere in between, and says whole seconds.
  const ahead = distance(info.time, { least: Math.floor(asked), most: answered })
  if (Math.abs(ahead) > refused) throw new ClockWrongError(describe(ahead), { hint: hint(now(), info.time) })
  if (Math.abs(ahead) > said) tell({ kind: 'degraded', code: 'clock.wrong', minutes: Math.round(ahead / 60) })
  return info
}

/** How far this device is ahead, at least. */
function distance(time: number, { least, most }: { readonly least: number; readonly most: number }): number {
  if (time < least) return least - time
  return time > most ? most - time : 0
}

function describe(ahead: number): string {
  const which = ahead > 0 ? 'ahead of' : 'behind'
  return `This device's clock is ${inWords(Math.abs(ahead))} ${which} the node's. One of them is wrong.`
}

const units = [
  ['year', 31_557_600],
  ['day', 86_400],
  ['hour', 3600],
] as const

function inWords(seconds: number): string {
  const [unit, length] = units.find(([, size]) => seconds >= size) ?? units[2]
  const count = Math.round(seconds / length)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

const hint = (own: number, node: number): string =>
  `Here it is ${inUtc(own)}, there ${inUtc(node)}. Set the clock, or ask another node if it is right.`

/** Both may be anything. */
function inUtc(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? `${seconds} seconds after 1970` : date.toISOString()
}

/** This device's clock and the node's are more than an hour apart: what is signed now would be refused, or misleading. */
export class ClockWrongError extends BaseError {
  override readonly code = 'clock.wrong'
}
