import type { Rule } from '@pennypost/sdk/policy'
import type { CheckpointView, NodeSet, UseGroth16 } from '@pennypost/sdk/verifier'
import type { Clock } from '../plugins/clock.ts'
import type { Budget } from './budget.ts'
import type { Bus } from './bus.ts'
import type { Leaks } from './leaks.ts'
import type { Terms } from './network-terms.ts'
import type { Refused } from './provide-link.ts'
import type { NodeState } from './state/node-state.ts'
import type { NodeStore } from './store/index.ts'

/** The network a node serves. */
export type NodeNetwork = {
  readonly name: string
  /** keccak256 of the name. */
  readonly id: Uint8Array
}

/** Numbers an operator may choose. */
export type NodeLimits = {
  /** How many requests a recipient gets in a day. */
  readonly requestsPerDay: number
  /** Units a wallet may publish without a lane in a day, where others read them. */
  readonly unitsPerDay: () => number
  /** Units a wallet may write to its own topics in a day. */
  readonly ownUnitsPerDay: () => number
  /** Of how many wallets one network address has the allowances. */
  readonly walletsPerAddress: number
}

/** What the use cases work with: everything that is not a decision. */
export type NodeDeps = {
  readonly network: NodeNetwork
  /** What the network asks of senders now. */
  readonly terms: () => Terms
  readonly limits: NodeLimits
  /** What is asked for mail to unattended addresses, and for how many days it is kept. */
  readonly unattended: { readonly rule: Rule; readonly days: number }
  readonly store: NodeStore
  readonly state: NodeState
  readonly bus: Bus
  readonly groth16: UseGroth16
  readonly clock: Clock
  readonly checkpoint: () => CheckpointView | undefined
  /** Every set of nodes that checkpoints have named, the newest last. */
  readonly nodeSets: () => readonly NodeSet[]
  /** How other nodes are asked. */
  readonly fetch: typeof globalThis.fetch
  readonly leaks: Leaks
  /** Publishes that are parked, by caller. */
  readonly parkings: Budget
  /** The node's own Ed25519 key. */
  readonly key: { readonly seed: Uint8Array; readonly publicKey: Uint8Array }
  /** Where a refused sender is sent. */
  /** Where somebody who was refused provides what is asked. */
  readonly provideUrl: (refused: Refused) => string
}
