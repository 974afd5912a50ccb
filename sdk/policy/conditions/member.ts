import type { ConditionType } from './condition.ts'
import { explainIssuers, issuers } from './issuers.ts'

/** The sender's account is on a list, which somebody has published, and which its root names: see `makeMemberList`. */
export type MemberCondition = {
  readonly kind: 'member'
  /** `0x` and 64 digits in lower case. */
  readonly root: string
  readonly issuers: number
}

export const member = {
  kind: 'member',
  parameters: [{ name: 'root', form: 'hash' }, issuers],
  explain: ({ root, issuers: count }) => `your account is on the list ${root} (${explainIssuers(count)})`,
} as const satisfies ConditionType
