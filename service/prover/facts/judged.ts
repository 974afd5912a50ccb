import type { Address } from '@pennypost/sdk/crypto'
import type { FactProgress } from '@pennypost/sdk/facts'
import type { ChainFact } from '@pennypost/sdk/policy'
import type { TimedBlock } from '../chain/index.ts'
import type { FactChain } from './fact-chain.ts'
import type { Scan } from './scan.ts'

/** A fact about an account, the block by which it is judged, and where a long look for it stands. */
export type Judged<Fact extends ChainFact = ChainFact> = {
  readonly chain: FactChain
  readonly fact: Fact
  readonly subject: Address
  readonly block: TimedBlock
  readonly scan: Scan
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: FactProgress) => void) | undefined
}
