import { checkClaim } from './claim.ts'
import { checkCredential } from './credential.ts'
import { checkHolding } from './holding.ts'

/** What verifies facts: `facts` of a `LaneContext`. Apart, so that who takes none bundles none. */
export const factVerifiers = { checkCredential, checkClaim, checkHolding } as const

export type FactVerifiers = typeof factVerifiers
