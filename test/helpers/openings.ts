import { expect, vi } from 'vitest'
import { PaidLetters } from '../../sdk/client/postage/paid-letters.ts'
import type { PaymentPlace } from '../../sdk/codec/index.ts'

/** Sends with a client of the sender's own making: what it writes into its letters of what it has paid is what it likes. */
export async function withOpenings<T>(
  change: (place: PaymentPlace) => PaymentPlace | undefined,
  send: () => Promise<T>,
): Promise<T> {
  const { placeFor } = PaidLetters.prototype
  const changed = vi.spyOn(PaidLetters.prototype, 'placeFor').mockImplementation(function (
    this: PaidLetters,
    ...asked
  ) {
    return change(placeFor.apply(this, asked) ?? expect.fail('Nothing was paid.'))
  })
  return send().finally(() => changed.mockRestore())
}
