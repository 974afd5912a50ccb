import type { TimedBlock } from '../chain/index.ts'
import { type FactRefusal, type Found, found, refuse } from './fact-refusal.ts'
import type { Judged } from './judged.ts'
import type { LeftOff } from './scan.ts'

/** Which transactions are looked through. */
export type Wanted = {
  /** `0x` and 40 digits in lower case. */
  readonly contract: string
  /** So many at most, the newest first. */
  readonly most: number
}

/** A block, and how many transactions an account had sent after it. */
type Standing = { readonly block: TimedBlock; readonly sent: bigint }

const missing = refuse('fact.block-unavailable', 'The endpoints of the chain have not all of its blocks.')

/**
 * Whether one of an account's newest transactions went to a contract: one or none. No endpoint says which transactions an
 * account has sent, but how many it had sent after each block: so the block of each is found by halving, and it alone is read
 * whole.
 */
export async function findInteraction(judged: Judged, wanted: Wanted): Promise<Found<bigint> | FactRefusal | LeftOff> {
  const { block, scan, signal } = judged
  const newest = await standingAt(judged, block.number)
  if (!newest.ok) return newest
  let from = scan.kept === undefined ? block.number : BigInt(scan.kept)
  let before = newest.value.sent + 1n
  for (;;) {
    signal?.throwIfAborted()
    const step = await lookBelow(judged, from, { ...wanted, sent: newest.value.sent })
    if (!('next' in step)) return step
    if (step.sent >= before)
      return found(0n) // no account's that sends: a lie, or a contract's that was made anew
    ;[from, before] = [step.next, step.sent]
    const stop = await scan.leaveOff(String(from))
    if (stop) return stop
  }
}

type Looking = Wanted & { readonly sent: bigint }

/** Looks at the newest transactions up to a block; answers up to which one comes next. */
async function lookBelow(
  judged: Judged,
  from: bigint,
  { contract, most, sent }: Looking,
): Promise<Found<bigint> | FactRefusal | { readonly next: bigint; readonly sent: bigint }> {
  const at = await standingAt(judged, from)
  if (!at.ok) return at
  const [done, of] = [Number(sent - at.value.sent), Math.min(Number(sent), most)]
  judged.onProgress?.({ done: Math.min(done, of), of })
  if (done >= of) return found(0n)
  const newest = await findNewest(judged, at.value)
  if (!newest.ok) return newest
  const receivers = await judged.chain.receiversOf(judged.subject, newest.value)
  if (!receivers.ok) return receivers
  if (receivers.value.includes(contract)) return found(1n)
  return newest.value.number === 0n ? found(0n) : { next: newest.value.number - 1n, sent: at.value.sent }
}

/** The block in which an account came to so many transactions: in growing steps down from one that has them, then by halving. */
async function findNewest(judged: Judged, { block, sent }: Standing): Promise<Found<TimedBlock> | FactRefusal> {
  let [high, low] = [block, -1n]
  for (let step = 1n; high.number - low > 1n; step *= 2n) {
    const down = high.number > step ? high.number - step : 0n
    const there = await standingAt(judged, low < 0n ? down : (low + high.number) / 2n)
    if (!there.ok) return there
    if (there.value.sent >= sent) high = there.value.block
    else low = there.value.block.number
  }
  return found(high)
}

async function standingAt({ chain, subject, block }: Judged, number: bigint): Promise<Found<Standing> | FactRefusal> {
  const at = number === block.number ? block : await chain.ancestor(number, block)
  if (!at) return missing
  const sent = await chain.nonce(subject, at)
  return sent.ok ? found({ block: at, sent: sent.value }) : sent
}
