import { ownedTopic, type PolicyDocument } from '../../codec/index.ts'
import { equalBytes } from '../../crypto/index.ts'
import { openBackup, sealBackup, type WalletLike } from '../../identity/index.ts'
import { createSealedKeys, listedSealedKeys, SealedKeyUnknownError } from '../../letters/index.ts'
import type { PeerPolicy } from '../session/peer.ts'
import type { Session } from '../session/session.ts'
import { walletUntil } from '../session/wallet-until.ts'

type Edges = Pick<Session, 'named' | 'keyring' | 'sealedKeys' | 'random'>

type Asking = { readonly wallet: WalletLike; readonly signal: AbortSignal | undefined }

/** A new key for letters, and the backup without which nobody would have it tomorrow. */
export type Rotation = {
  readonly sealedKeys: PolicyDocument['sealedKeys']
  readonly backup: Uint8Array
  /** What the backup holds. */
  readonly seeds: readonly Uint8Array[]
}

/**
 * Draws a key from nothing that is known, and seals it with all others to a fresh signature of the wallet; whether the wallet
 * opens that again is tried before it is published.
 */
export async function createRotation(edges: Edges, asking: Asking, { document }: PeerPolicy): Promise<Rotation> {
  const wallet = walletUntil(asking.wallet, asking.signal)
  const { keyring, sealedKeys, random } = edges
  const { keys } = keyring.identity
  const before = document?.sealedKeys ?? []
  if (!before.every(({ keyId }) => sealedKeys.find(keyId))) await adoptBackup(edges, wallet, asking.signal)
  if (!before.every(({ keyId }) => sealedKeys.find(keyId))) {
    throw new SealedKeyUnknownError('The account has a key for letters that the backup of its keys does not hold.', {
      hint: 'The node may hide a newer backup: ask another one.',
    })
  }
  const seeds = [...sealedKeys.seeds(), random(32)]
  const backup = await sealBackup({ keys: { ...keys, sealedSeeds: seeds } }, wallet, random)
  await openBackup(backup, wallet)
  const { keyId, key } = createSealedKeys(keys.identityKey.secret, seeds).newest()
  const listed = [{ keyId, key }, ...before].slice(0, listedSealedKeys)
  return { sealedKeys: listed as PolicyDocument['sealedKeys'], backup, seeds }
}

/** Another client of the account has made a key: its backup has it. */
async function adoptBackup(
  { named, keyring, sealedKeys }: Edges,
  wallet: WalletLike,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { address, bundle } = keyring.identity
  const request = { contentTopics: [ownedTopic('privatestore', address)], limit: 1, direction: 'descending' } as const
  const [newest] = (await named.queryPage(request, { signal })).envelopes
  if (!newest) return
  const { keys } = await openBackup(newest.message, wallet)
  const isOwn = equalBytes(keys.identityKey.publicKey.publicKey, bundle.identityKey.publicKey)
  if (isOwn && keys.sealedSeeds.length > sealedKeys.seeds().length) sealedKeys.replace(keys.sealedSeeds)
}
