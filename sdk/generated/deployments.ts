// Generated from scripts/ignition/deployments by `npm run generate`. Do not edit.

/** Where the contracts of one network are. */
export type Deployment = {
  readonly chainId: number
  readonly token: `0x${string}`
  readonly tree: `0x${string}`
  readonly postage: `0x${string}`
  readonly payments: `0x${string}`
  readonly operatorPool: `0x${string}`
  readonly stakeRegistry: `0x${string}`
  readonly checkpointRegistry: `0x${string}`
  readonly notice: `0x${string}`
  /** Owns all contracts that have an owner. */
  readonly timelock: `0x${string}`
  /** The Ethereum Attestation Service and its registry of schemas. */
  readonly eas: `0x${string}`
  readonly schemaRegistry: `0x${string}`
  readonly connectionResolver: `0x${string}`
  /** Identifier of the schema that connects two accounts. */
  readonly connectionSchema: `0x${string}`
  /** The first block that has one of them: where to start to read events. */
  readonly deployedAtBlock: bigint
}

/** The networks whose deployments are committed, by chain id. A local chain's is known only at run time. */
export const deployments: Readonly<Record<number, Deployment>> = {}
