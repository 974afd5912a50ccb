import { requireLimits } from './require-limits.ts'

/** Money in the token's smallest unit; the bond usually comes back, so it counts by itself. */
export type Money = { readonly price: bigint; readonly bond: bigint }

/** The most that may be spent, and so many seconds of work. Undefined: as much as it takes. */
export type Bounds = {
  readonly price: bigint | undefined
  readonly bond: bigint | undefined
  readonly seconds: number
}

/** What a send is bound to besides its options: the price that was said, or that its own first look has found. */
export type Agreed = Money & {
  readonly seconds: number
  /** What had been spent on the message before, and is not part of the price. */
  readonly spent: Money
}

/** What a caller allows. */
export type BudgetOptions = {
  readonly maxPrice?: bigint | undefined
  readonly maxBond?: bigint | undefined
  readonly maxEffort?: number | undefined
  readonly quote?: Agreed | undefined
}

/** Seconds of work that nobody has to be asked for. */
export const defaultMaxEffort = 60
/** Work is a matter of luck: one time in a billion it takes more than so many times what is expected. */
const luck = 21
/** A quoted work is never cut off within so many seconds: a device that is busy may not begin with it sooner. */
const leastSeconds = 10

/**
 * What may be spent on one message, whatever node and recipient answer meanwhile. Everything that costs asks here first,
 * before anything is signed; what it was spent on, it pays for once. One budget lives as long as its message, so that a
 * second call goes on with it, and does not begin to pay anew.
 */
export class Budget {
  readonly #items = new Map<string, Money>()
  #payment: string | undefined
  #workedSeconds = 0
  #bounds: Bounds = { price: undefined, bond: undefined, seconds: defaultMaxEffort }

  /** Another one with the same spent: to ask what something would cost. */
  copy(): Budget {
    const copy = new Budget()
    for (const [item, money] of this.#items) copy.#items.set(item, money)
    return copy
  }

  /** Sets the bounds of one call. The money that was spent before counts; work starts over. */
  begin(options: BudgetOptions): void {
    requireLimits(options)
    const { maxPrice, maxBond, maxEffort, quote } = options
    this.#payment = undefined
    this.#workedSeconds = 0
    this.#bounds = { price: maxPrice, bond: maxBond, seconds: maxEffort ?? defaultMaxEffort }
    if (quote) this.agree(quote)
  }

  /** Binds the rest of the call to a price: from now on no more is spent than this, on top of what was. */
  agree({ price, bond, seconds, spent }: Agreed): void {
    this.#bounds = {
      price: least(this.#bounds.price, spent.price + price),
      bond: least(this.#bounds.bond, spent.bond + bond),
      seconds: Math.min(this.#bounds.seconds, this.#workedSeconds + withLuck(seconds)),
    }
  }

  /** All that was spent on this message so far, but for some items. */
  spent(except: readonly string[] = []): Money {
    let [price, bond] = [0n, 0n]
    for (const [item, money] of this.#items) {
      if (except.includes(item)) continue
      price += money.price
      bond += money.bond
    }
    return { price, bond }
  }

  /** What may still be spent, with what some items took that are to be used again. */
  left(again: readonly string[] = []): Bounds {
    const spent = this.spent(again)
    return lessOf(this.#bounds, { ...spent, seconds: this.#workedSeconds })
  }

  /** Takes the money for one thing, before it is signed for; false where there is not enough left. */
  take(item: string, money: Money): boolean {
    const left = this.left([item])
    if (left.price !== undefined && money.price > left.price) return false
    if (left.bond !== undefined && money.bond > left.bond) return false
    const before = this.#items.get(item) ?? nothing
    this.#items.set(item, { price: most(before.price, money.price), bond: most(before.bond, money.bond) })
    return true
  }

  /** Takes the money for a payment on the chain: one in each call, since a second one is for the caller to decide on. */
  takePayment(item: string, money: Money): boolean {
    if (this.#payment !== undefined && this.#payment !== item) return false
    if (!this.take(item, money)) return false
    this.#payment = item
    return true
  }

  /** Counts the time that some work takes. */
  async work<T>(run: () => Promise<T>): Promise<T> {
    const started = performance.now()
    try {
      return await run()
    } finally {
      this.#workedSeconds += (performance.now() - started) / 1000
    }
  }
}

const nothing: Money = { price: 0n, bond: 0n }

/** Where no work was quoted, none is done. */
const withLuck = (seconds: number): number => (seconds > 0 ? Math.max(leastSeconds, seconds * luck) : 0)

const most = (a: bigint, b: bigint): bigint => (a > b ? a : b)

const least = (a: bigint | undefined, b: bigint): bigint => (a === undefined || b < a ? b : a)

/** What is left of bounds; never less than nothing. */
export const lessOf = (bounds: Bounds, { price, bond, seconds }: Money & { readonly seconds: number }): Bounds => ({
  price: bounds.price === undefined ? undefined : atLeastZero(bounds.price - price),
  bond: bounds.bond === undefined ? undefined : atLeastZero(bounds.bond - bond),
  seconds: Math.max(0, bounds.seconds - seconds),
})

const atLeastZero = (amount: bigint): bigint => (amount > 0n ? amount : 0n)
