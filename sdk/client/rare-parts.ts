import type { FactsOptions } from './account/facts.ts'
import type { NoticesOptions } from './account/notices.ts'
import type { PaymentsOptions } from './account/payments.ts'
import { whenAsked } from './session/when-asked.ts'
import type { StakesOptions } from './tickets/stakes.ts'

type RareOptions = {
  readonly stakes: StakesOptions
  readonly payments: PaymentsOptions
  readonly notices: NoticesOptions
  readonly facts: FactsOptions
}

/** What many accounts never use: its code is fetched when it is. */
export const rareParts = (options: RareOptions) => ({
  stakes: whenAsked(async () => {
    const { Stakes } = await import('./tickets/stakes.ts')
    return new Stakes(options.stakes)
  }),
  payments: whenAsked(async () => {
    const { Payments } = await import('./account/payments.ts')
    return new Payments(options.payments)
  }),
  notices: whenAsked(async () => {
    const { Notices } = await import('./account/notices.ts')
    return new Notices(options.notices)
  }),
  facts: whenAsked(async () => {
    const { Facts } = await import('./account/facts.ts')
    return new Facts(options.facts)
  }),
})
