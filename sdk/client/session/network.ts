import type { Rule } from '../../policy/index.ts'

/** The network as the client knows it. */
export type ClientNetwork = {
  readonly name: string
  readonly id: Uint8Array
  /** What every sender must meet. */
  readonly floor: Rule
  /** What recipients ask who have published no rule. */
  readonly defaultRule: Rule
  /** Leading zero bits that a `request` costs. */
  readonly requestBits: number
  /** The Ed25519 key that the node signs grants and receipts with. */
  readonly nodeKey: Uint8Array
}
