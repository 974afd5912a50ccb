/** Money in the token's smallest unit; the bond usually comes back, so it counts by itself. */
export type Money = { readonly price: bigint; readonly bond: bigint }

/** The most that may be spent, and so many seconds of work. Undefined: as much as it takes. */
export type Bounds = {
  readonly price: bigint | undefined
  readonly bond: bigint | undefined
  readonly seconds: number
}

/** What a send is bound to besides its options: the price that was said, or that its own first look has found. */
export type Agreed = Money & { readonly seconds: number }

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

/**
 * What may be spent on one message, whatever node and recipient answer meanwhile. Everything that costs asks here first,
 * before anything is signed; what it was spent on, it pays for once. One budget lives as long as its message, so that a
 * second call goes on with it, and does not begin to pay anew.
 */
export class Budget {
  readonly #items = new Map<string, Money>()
  #workedSeconds = 0
  #bounds: Bounds = { price: undefined, bond: undefined, seconds: defaultMaxEffort }

  /** Sets the bounds of one call; what was spent before counts. */
  begin({ maxPrice, maxBond, maxEffort, quote }: BudgetOptions): void {
    this.#bounds = { price: maxPrice, bond: maxBond, seconds: maxEffort ?? defaultMaxEffort }
    if (quote) this.agree(quote)
  }

  /**
   * Binds the rest of the call to a price: from now on no more is spent than this, on top of what was. What was spent on the
   * item that the price is of, if anything, is part of the price.
   */
  agree({ price, bond, seconds }: Agreed, item?: string): void {
    const { spent } = this
    const before = this.#spentOn(item)
    this.#bounds = {
      price: least(this.#bounds.price, spent.price - before.price + price),
      bond: least(this.#bounds.bond, spent.bond - before.bond + bond),
      seconds: Math.min(this.#bounds.seconds, this.#workedSeconds + seconds * luck),
    }
  }

  /** All that was spent on this message so far. */
  get spent(): Money {
    let [price, bond] = [0n, 0n]
    for (const item of this.#items.values()) {
      price += item.price
      bond += item.bond
    }
    return { price, bond }
  }

  /** What may still be spent; on an item that was paid for before, with what that took. */
  left(item?: string): Bounds {
    const { spent } = this
    const before = this.#spentOn(item)
    const { price, bond, seconds } = this.#bounds
    return {
      price: price === undefined ? undefined : atLeastZero(price - spent.price + before.price),
      bond: bond === undefined ? undefined : atLeastZero(bond - spent.bond + before.bond),
      seconds: Math.max(0, seconds - this.#workedSeconds),
    }
  }

  /** Takes the money for one thing, before it is signed for; false where there is not enough left. */
  take(item: string, money: Money): boolean {
    const left = this.left(item)
    if (left.price !== undefined && money.price > left.price) return false
    if (left.bond !== undefined && money.bond > left.bond) return false
    const before = this.#spentOn(item)
    this.#items.set(item, { price: most(before.price, money.price), bond: most(before.bond, money.bond) })
    return true
  }

  /** Nothing came of it, for certain. */
  giveBack(item: string): void {
    this.#items.delete(item)
  }

  #spentOn(item: string | undefined): Money {
    return (item !== undefined && this.#items.get(item)) || { price: 0n, bond: 0n }
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

const most = (a: bigint, b: bigint): bigint => (a > b ? a : b)

const least = (a: bigint | undefined, b: bigint): bigint => (a === undefined || b < a ? b : a)

const atLeastZero = (amount: bigint): bigint => (amount > 0n ? amount : 0n)
