import { addressToBytes, equalBytes } from '@pennypost/sdk/crypto'
import { signersHash } from '@pennypost/sdk/verifier'
import type { OfficeTaken } from '../store/index.ts'

/** Seconds for which checkpoints may name signers after others have taken office. */
const afterwards = 86_400

/** Until when checkpoints may name signers, by the offices that there were, oldest first; 0 if never. */
export function inForceUntil(offices: readonly OfficeTaken[], hash: Uint8Array): number {
  const at = offices.findLastIndex((office) => equalBytes(hashOf(office), hash))
  const office = offices[at]
  if (!office) return 0
  const next = offices[at + 1]
  return Math.min(office.endsAt || Number.POSITIVE_INFINITY, next ? next.time + afterwards : Number.POSITIVE_INFINITY)
}

const hashOf = ({ signers, threshold, endsAt }: OfficeTaken): Uint8Array =>
  signersHash({ signers: signers.map(addressToBytes), threshold, officeEndsAt: BigInt(endsAt) })
