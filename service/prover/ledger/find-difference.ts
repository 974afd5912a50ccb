import { concatBytes, equalBytes } from '@pennypost/sdk/crypto'
import { termsHash } from '@pennypost/sdk/verifier'
import type { LedgerClaim } from '../chain/index.ts'
import type { LedgerStore, Office } from '../store/index.ts'
import { hashOf } from './office.ts'

/** The blocks that a comparison is about: after one at which all agreed, to the end of another. */
type Between = { readonly agreed: bigint; readonly block: bigint }

/** In what a ledger differs from the contracts' own word on it, as the end of a sentence; undefined if in nothing. */
export async function findDifference(
  store: LedgerStore,
  { inForce, leakCount, stakeClasses, connectionChanges }: LedgerClaim,
  { agreed, block }: Between,
): Promise<string | undefined> {
  if (inForce && !(await isInForce(store, inForce, block))) return 'the registry has another office, or other terms'
  const leaks = await store.leakCount(block)
  if (leaks !== leakCount) return `secrets leaked ${leakCount} times, not ${leaks}`
  const changes = await store.connectionChanges(block)
  if (changes !== connectionChanges) return `connections changed ${connectionChanges} times, not ${changes}`
  const [note] = await store.undeclaredStakes({ classes: stakeClasses, after: agreed, until: block })
  return note === undefined ? undefined : `note ${note} is a stake that was declared`
}

async function isInForce(store: LedgerStore, said: NonNullable<LedgerClaim['inForce']>, block: bigint) {
  const [office = nobody, terms] = [await store.officeAt(block), await store.termsAt(block)]
  const known = concatBytes(hashOf(office), terms ? termsHash(terms) : new Uint8Array(32))
  return equalBytes(known, concatBytes(said.signersHash, said.termsHash))
}

const nobody: Office = { signers: [], threshold: 0, endsAt: 0 }
