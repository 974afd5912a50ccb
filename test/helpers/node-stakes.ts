import { classIdOf, scopeOf, ticketSignals, toBytes32, xOf } from '../../sdk/crypto/index.ts'
import { checkpointOf, networkId, root, tagBytes } from './node.ts'

// Stakes for a node that believes proofs: shares and nullifiers are real, so that a second use gives the secret away.

const contract = new Uint8Array(20).fill(0x57)

/** Epochs of a day, sixteen tickets in each. */
export const stakeClass = {
  kind: 2,
  contract,
  number: 1,
  price: 100n * 10n ** 18n,
  unitsPerTicket: 16,
  laneTtl: 3600,
  rootWindow: 600,
  epochLength: 86_400,
  limit: 16,
}

export const paymentsClass = {
  kind: 4,
  contract: new Uint8Array(20).fill(0xfa),
  number: 1,
  price: 10n ** 17n,
  unitsPerTicket: 64,
  laneTtl: 86_400,
  rootWindow: 3600,
  epochLength: 0,
  limit: 1,
}

/** A checkpoint's classes: of stamps, of stakes, of payments. */
export const allClasses = [...checkpointOf().classes, stakeClass, paymentsClass]

/** A ticket of the stake with a secret, for a use; of this hour at `now` (unix seconds). */
export function stakeEvidence(
  condition: number,
  { secret, use, messageId = 0, now = Date.now() / 1000, isCommon }: StakeUse,
) {
  const asOf = BigInt(Math.floor(now / 3600) * 3600)
  const classId = classIdOf({ kind: 'stake', chainId: checkpointOf().chainId, contract, number: 1n })
  const scope = scopeOf({ networkId, classId, period: asOf / BigInt(stakeClass.epochLength) })
  const inputs = { secret, person: 1n, messageId: BigInt(messageId), scope, tagScope: 1n, x: xOf(use) }
  const { nullifier, y } = ticketSignals(inputs)
  return {
    condition,
    kind: {
      case: 'ticket' as const,
      value: {
        classNumber: 1,
        root,
        nullifier: toBytes32(nullifier),
        y: toBytes32(y),
        tag: tagBytes(5),
        ...(isCommon && { tagScope: tagBytes(6) }),
        asOf,
        proof: new Uint8Array(256).fill(1),
      },
    },
  }
}

type StakeUse = {
  readonly secret: bigint
  readonly use: Uint8Array
  readonly messageId?: number
  readonly now?: number
  /** On a topic that is nobody's. */
  readonly isCommon?: boolean
}
