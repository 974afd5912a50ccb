import { concatBytes, equalBytes } from '@pennypost/sdk/crypto'
import { termsHash } from '@pennypost/sdk/verifier'
import type { LedgerClaim, RegistryClaim } from '../chain/index.ts'
import type { LedgerStore, Office } from '../store/index.ts'
import { hashOf } from './office.ts'

/** The blocks that a comparison is about: after one at which all agreed, to the end of another. */
type Between = { readonly agreed: bigint; readonly block: bigint }

/** In what a ledger differs from the contracts' own word on it, as the end of a sentence; undefined if in nothing. */
export async function findDifference(
  store: LedgerStore,
  { registry, leakCount, stakeClasses, connectionChanges }: LedgerClaim,
  { agreed, block }: Between,
): Promise<string | undefined> {
  if (registry && !(await isInForce(store, registry, block))) return 'the registry had other offices or terms than'
  if ((await store.leakCount(block)) !== leakCount) return 'other leaks were counted than'
  if ((await store.connectionChanges(block)) !== connectionChanges) return 'other connections were counted than'
  const [note] = await store.undeclaredStakes({ classes: stakeClasses, after: agreed, until: block })
  return note === undefined ? undefined : `other stakes, as note ${note} shows, were made than`
}

/** Whether office and terms are those in force, and none before them is missing. */
async function isInForce(store: LedgerStore, said: RegistryClaim, block: bigint): Promise<boolean> {
  const [office = nobody, terms] = [await store.officeAt(block), await store.termsAt(block)]
  const known = concatBytes(hashOf(office), terms ? termsHash(terms) : new Uint8Array(32))
  const isNewest = equalBytes(known, concatBytes(said.signersHash, said.termsHash))
  return isNewest && (await store.registryChanges(block)) === said.changes
}

const nobody: Office = { signers: [], threshold: 0, endsAt: 0 }
