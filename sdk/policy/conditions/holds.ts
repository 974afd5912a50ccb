import { readAsset } from '../caip.ts'
import { sayHolding } from '../say-place.ts'
import type { ConditionType, Values, WrittenValues } from './condition.ts'
import { explainIssuers, issuersOrProof } from './issuers.ts'

/** The sender's account holds so much of a token or a coin (CAIP-19). */
export type HoldsCondition = {
  readonly kind: 'holds'
  readonly asset: string
  /** In the asset's smallest unit; of a collection, so many of its tokens. */
  readonly amount: bigint
  /** Of the asset, as its contract says. */
  readonly decimals: number
  /** 0: by proof. */
  readonly issuers: number
  /** By proof, of a token: where the contract has the mapping of its balances, by account, as Solidity lays it out. */
  readonly slot?: number | undefined
}

export const holds = {
  kind: 'holds',
  parameters: [
    { name: 'asset', form: 'asset' },
    { name: 'amount', unit: { decimalsOf }, before: '>=', fallback: (values) => (isToken(values) ? 1n : undefined) },
    { name: 'decimals', min: 0, max: 255, before: 'decimals', fallback: usualDecimals },
    issuersOrProof,
    { name: 'slot', min: 0, max: 999_999_999, before: 'slot', isOptional: true, fallback: () => undefined },
  ],
  faultOf,
  explain: ({ asset, amount, issuers: count }) =>
    `you hold ${sayHolding(String(amount), String(asset))} (${explainIssuers(count)})`,
} as const satisfies ConditionType

const namespaceOf = ({ asset }: WrittenValues | Values) => readAsset(String(asset))?.namespace

/** Whether it is one of a collection, of which there are whole ones only. */
const isToken = (values: WrittenValues | Values): boolean => ['erc721', 'erc1155'].includes(namespaceOf(values) ?? '')

function usualDecimals(values: WrittenValues): number | undefined {
  if (isToken(values)) return 0
  return namespaceOf(values) === 'slip44' ? 18 : undefined
}

function decimalsOf(values: WrittenValues): number {
  return typeof values.decimals === 'number' ? values.decimals : (usualDecimals(values) ?? 0)
}

function faultOf(values: Values): string | undefined {
  const decimals = usualDecimals({ asset: String(values.asset) })
  if (decimals !== undefined && values.decimals !== decimals) return `has ${decimals} decimals there`
  const asset = readAsset(String(values.asset))
  const isOne = asset?.namespace === 'erc721' && asset.id !== undefined
  return isOne && values.amount !== 1n ? 'has one of a single token' : faultOfProof(values)
}

/** A balance is a word in a mapping at one place; of other things contracts keep no such word. */
function faultOfProof({ asset, issuers, slot }: Values): string | undefined {
  if (issuers !== 0) return slot === undefined ? undefined : 'has a slot only by proof'
  const { namespace, id } = readAsset(String(asset)) ?? {}
  if (namespace === 'slip44') return slot === undefined ? undefined : "has no slot of a chain's own coin"
  if (namespace === 'erc1155' || id !== undefined) return 'is proven of a balance, not of a single token'
  return slot === undefined ? 'is proven by the slot of its balances, such as by proof slot 9' : undefined
}
