import { addressToBytes, equalBytes } from '@pennypost/sdk/crypto'
import { signersHash } from '@pennypost/sdk/verifier'
import type { Office, OfficeTaken } from '../store/index.ts'

/** Seconds for which checkpoints may name signers after others have taken office. */
const afterwards = 86_400

/** How long an office lasts, and which came after it. */
type Term = {
  /** Until when checkpoints may name it; 0 if never. */
  readonly until: number
  readonly successors: readonly OfficeTaken[]
}

/** The term of those whom a checkpoint names, by the offices that there were, oldest first. */
export function termOf(offices: readonly OfficeTaken[], hash: Uint8Array): Term {
  const at = offices.findLastIndex((office) => equalBytes(hashOf(office), hash))
  const office = offices[at]
  if (!office) return { until: 0, successors: [] }
  const successors = offices.slice(at + 1)
  const replaced = successors[0] ? successors[0].time + afterwards : Number.POSITIVE_INFINITY
  return { until: Math.min(office.endsAt || Number.POSITIVE_INFINITY, replaced), successors }
}

/** As checkpoints name it. */
export const hashOf = ({ signers, threshold, endsAt }: Office): Uint8Array =>
  signersHash({ signers: signers.map(addressToBytes), threshold, officeEndsAt: BigInt(endsAt) })
