import {
  decodeSharedList,
  decodeSignedSharedList,
  type SharedList,
  sharedListLimits,
  sharedListStatement,
} from '../codec/shared-list.ts'
import { type Address, toAddress } from '../crypto/address.ts'
import { equalBytes } from '../crypto/bytes.ts'
import { BaseError } from '../errors.ts'
import { isSignedBy } from './identity-signature.ts'
import type { PolicyTarget } from './signed-policy.ts'
import { lastVersion } from './versions.ts'

/** A shared list that its owner has signed: a version from 1, and accounts in ascending order, each once. */
export type VerifiedSharedList = { readonly version: bigint; readonly accounts: readonly Address[] }

const { most, accountLength } = sharedListLimits

/** The accounts, and what is around them. */
const maxBytes = most * accountLength + 4096

/**
 * Decodes a shared list and checks it whole: network, owner, version, accounts, and the two signatures last. Throws
 * {@link SharedListInvalidError}.
 *
 * @example
 * ```ts
 * import { verifySharedList } from '@pennypost/sdk/verifier'
 *
 * const { version, accounts } = verifySharedList(bytes, { networkId, owner })
 * ```
 */
export function verifySharedList(bytes: Uint8Array, { networkId, owner }: PolicyTarget): VerifiedSharedList {
  if (bytes.length > maxBytes) throw new SharedListInvalidError(`It is larger than ${maxBytes} bytes.`)
  const signed = decodeSignedSharedList(bytes)
  const list = decodeSharedList(signed.list)
  if (!equalBytes(list.networkId, networkId)) throw new SharedListInvalidError('It is for another network.')
  if (!equalBytes(list.owner, owner)) throw new SharedListInvalidError('It belongs to another account.')
  if (list.version === 0n) throw new SharedListInvalidError('Versions start at 1.')
  if (list.version > lastVersion) throw new SharedListInvalidError(`Versions end at ${lastVersion}.`)
  const accounts = accountsOf(list)
  if (!isSignedBy(owner, sharedListStatement(signed.list), signed))
    throw new SharedListInvalidError('The owner has not signed the list.')
  return { version: list.version, accounts }
}

function accountsOf({ accounts }: SharedList): Address[] {
  const count = accounts.length / accountLength
  if (!Number.isInteger(count) || count > most)
    throw new SharedListInvalidError(`Expected at most ${most} accounts of ${accountLength} bytes.`)
  const at = (i: number) => toAddress(accounts.subarray(i * accountLength, (i + 1) * accountLength))
  const all = Array.from({ length: count }, (_, i) => at(i))
  const plain = all.map((account) => account.toLowerCase())
  if (plain.some((account, i) => i > 0 && account <= (plain[i - 1] ?? '')))
    throw new SharedListInvalidError('Expected accounts in ascending order, each once.')
  return all
}

/** A shared list that its owner has not made, or not for this network. */
export class SharedListInvalidError extends BaseError {
  override readonly code = 'shared-list.invalid'
}
