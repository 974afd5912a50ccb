import { type AfterCondition, after } from './after.ts'
import { type AgeCondition, age } from './age.ts'
import { type AttestedCondition, attested } from './attested.ts'
import { type BeforeCondition, before } from './before.ts'
import { type BondCondition, bond } from './bond.ts'
import type { ConditionType } from './condition.ts'
import { type ConnectedCondition, connected } from './connected.ts'
import { type ConnectionCondition, connection } from './connection.ts'
import { type EveryoneCondition, everyone } from './everyone.ts'
import { type HoldsCondition, holds } from './holds.ts'
import { type InteractedCondition, interacted } from './interacted.ts'
import { type MemberCondition, member } from './member.ts'
import { type NobodyCondition, nobody } from './nobody.ts'
import { type PostageCondition, postage } from './postage.ts'
import { type RequestCondition, request } from './request.ts'
import { type StakeCondition, stake } from './stake.ts'
import { type StampCondition, stamp } from './stamp.ts'
import { type TipCondition, tip } from './tip.ts'
import { type TxCountCondition, txCount } from './tx-count.ts'
import { type WorkCondition, work } from './work.ts'

/** A leaf of a policy. */
export type Condition =
  | ConnectionCondition
  | RequestCondition
  | StampCondition
  | PostageCondition
  | BondCondition
  | TipCondition
  | StakeCondition
  | WorkCondition
  | HoldsCondition
  | AgeCondition
  | TxCountCondition
  | ConnectedCondition
  | AttestedCondition
  | InteractedCondition
  | MemberCondition
  | AfterCondition
  | BeforeCondition
  | EveryoneCondition
  | NobodyCondition

const conditionTypes: Readonly<Record<Condition['kind'], ConditionType>> = {
  connection,
  request,
  stamp,
  postage,
  bond,
  tip,
  stake,
  work,
  holds,
  age,
  txCount,
  connected,
  attested,
  interacted,
  member,
  after,
  before,
  everyone,
  nobody,
}

/** Every kind of condition, in the order in which they are told. */
export const conditionKinds = Object.keys(conditionTypes) as Condition['kind'][]

/** The type of a condition by its kind; undefined for a kind that this version does not know. */
export const conditionType = (kind: string): ConditionType | undefined => byKind.get(kind)

const byKind = new Map<string, ConditionType>(Object.entries(conditionTypes))
