import { pause } from '../async.ts'
import { concatBytes, keccak256, recipientDepth, recipientLeafOf, toBytes4, utf8 } from '../crypto/index.ts'

/** Whom a payment is for: `recipient` is 20 bytes, `use` (the lane that it opens) 32. */
export type PaymentRecipient = { readonly recipient: Uint8Array; readonly use: Uint8Array }

/** Where one recipient is in the tree. */
export type RecipientOpening = {
  readonly index: number
  readonly salt: Uint8Array
  /** From the leaf to the root. */
  readonly siblings: readonly Uint8Array[]
}

/** The tree of a payment's recipients. */
export type PaymentTree = {
  /** What is paid, 32 bytes. */
  readonly root: Uint8Array
  readonly count: number
  /** Opens the place of one recipient. */
  opening(index: number): RecipientOpening
}

export type PaymentTreeOptions = {
  /** 32 bytes that nobody else knows: all salts come from it, so whoever keeps it and the list can make the tree again. */
  readonly seed: Uint8Array
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((event: { readonly done: number; readonly of: number }) => void) | undefined
}

const mostRecipients = 2 ** 20
const saltLabel = utf8('pennypost/payment-salt/v1')
/** Nodes hashed at a time, between two looks at the rest of the program. */
const atOnce = 2048

/** Leaves past the count are zero: the roots of trees of 2^n of them. */
const empty: Uint8Array[] = [new Uint8Array(32)]
for (let level = 0; level < 20; level++) empty.push(join(empty[level], empty[level]))

/**
 * Builds the tree of the recipients of one payment, one or a million.
 *
 * @example
 * ```ts
 * import { buildPaymentTree } from '@pennypost/sdk/payments'
 *
 * const tree = await buildPaymentTree(recipients, { seed })
 * const first = tree.opening(0) // what the first recipient has to be shown
 * ```
 */
export async function buildPaymentTree(
  recipients: readonly PaymentRecipient[],
  { seed, signal, onProgress }: PaymentTreeOptions,
): Promise<PaymentTree> {
  const count = recipients.length
  if (seed.length !== 32) throw new RangeError(`A seed is 32 bytes, not ${seed.length}.`)
  if (count < 1 || count > mostRecipients) throw new RangeError(`A payment is for 1 to ${mostRecipients} recipients.`)
  const saltOf = (index: number) => keccak256(seed, saltLabel, toBytes4(index))
  const leaves = await mapSlowly(recipients, signal, (recipient, index) => {
    if (index % atOnce === 0) onProgress?.({ done: index, of: count })
    return recipientLeafOf({ ...recipient, salt: saltOf(index) })
  })
  const levels = [leaves]
  for (let level = 0; level < recipientDepth(count); level++) {
    const below = levels[level] ?? []
    const lefts = below.filter((_, index) => index % 2 === 0)
    levels.push(await mapSlowly(lefts, signal, (left, index) => join(left, below[2 * index + 1] ?? empty[level])))
  }
  onProgress?.({ done: count, of: count })
  return { root: levels.at(-1)?.[0] ?? new Uint8Array(32), count, opening: (index) => open(levels, index, saltOf) }
}

function open(levels: readonly Uint8Array[][], index: number, saltOf: (index: number) => Uint8Array): RecipientOpening {
  const [leaves = []] = levels
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError(`The payment has no recipient ${index}.`)
  }
  const below = levels.slice(0, -1)
  const siblings = below.map((nodes, level) => nodes[(index >> level) ^ 1] ?? (empty[level] as Uint8Array))
  return { index, salt: saltOf(index), siblings }
}

async function mapSlowly<T, R>(
  list: readonly T[],
  signal: AbortSignal | undefined,
  make: (item: T, index: number) => R,
): Promise<R[]> {
  const made: R[] = []
  for (let start = 0; start < list.length; start += atOnce) {
    signal?.throwIfAborted()
    for (let i = start; i < Math.min(start + atOnce, list.length); i++) made.push(make(list[i] as T, i))
    if (list.length > atOnce) await pause(0, signal)
  }
  return made
}

function join(left: Uint8Array | undefined, right: Uint8Array | undefined): Uint8Array {
  return keccak256(concatBytes(left ?? new Uint8Array(32), right ?? new Uint8Array(32)))
}
