import { encodePolicyFields } from '../../codec/index.ts'
import { type Address, equalBytes, sha256 } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import type { AccountLog } from '../../log/index.ts'
import { faultOfVersion } from '../../verifier/index.ts'
import { type Peer, type PeerPolicy, readPeer } from './peer.ts'
import type { Session } from './session.ts'

/** What the account's log remembers of others. */
export type KnownPeers = Pick<AccountLog, 'all'>

/** What was published when this account last looked, by any of its clients; the highest version counts. */
export function rememberedPeer(log: KnownPeers, address: Address): { version: bigint; isSealed: boolean } {
  let newest = { version: 0n, isSealed: false }
  for (const { address: of, version, isSealed } of log.all('peer')) {
    if (of === address && version >= newest.version) newest = { version, isSealed }
  }
  return newest
}

/**
 * The policy, where it is no older than the one that was seen before. A node that hides the newer one would have mail sent
 * openly, or at a price, that the recipient has never asked for.
 */
export const requireNewest = (log: KnownPeers, address: Address, policy: PeerPolicy): PeerPolicy =>
  requireVersion(rememberedPeer(log, address).version, { address, policy })

/** The same for a version that was known before the node was asked: what is learned meanwhile is no fault of its. */
export function requireVersion(known: bigint, { address, policy }: Pick<Peer, 'address' | 'policy'>): PeerPolicy {
  if (policy.version === known || known === 0n) return policy
  const fault = faultOfVersion(policy.version, known)
  if (!fault) return policy
  if (fault === 'too-high') {
    throw new PolicyJumpedError(`${address} had version ${known} of its policy; the node shows ${policy.version}.`, {
      hint: 'Ask another node.',
    })
  }
  const shown = policy.version === 0n ? 'none' : `version ${policy.version}`
  throw new PolicyWentBackError(`${address} had published version ${known} of its policy; the node shows ${shown}.`, {
    hint: 'Ask another node.',
  })
}

/**
 * Keeps what an account has published, where that is newer than what is known. It is known at once, and goes with the next
 * page of the log.
 */
export async function rememberPeer(
  { log }: Pick<Session, 'log'>,
  { address, policy }: Pick<Peer, 'address' | 'policy'>,
): Promise<void> {
  const isSealed = policy.sealedKey !== undefined
  const before = rememberedPeer(log, address)
  if (policy.version <= before.version && isSealed === before.isSealed) return
  await log.keep({ case: 'peer', value: { address, version: policy.version, isSealed, digest: digestOf(policy) } })
}

/**
 * Whether a client of this account has seen, or made, another document of the same version: a node took both, and shows each
 * client one of them.
 */
export function isForked(log: KnownPeers, { address, policy }: Pick<Peer, 'address' | 'policy'>): boolean {
  const digest = digestOf(policy)
  const others = log.all('peer').filter((seen) => seen.address === address && seen.version === policy.version)
  return others.some((seen) => seen.digest.length > 0 && !equalBytes(seen.digest, digest))
}

const digestOf = ({ document }: PeerPolicy): Uint8Array<ArrayBuffer> =>
  document ? Uint8Array.from(sha256(encodePolicyFields(document))) : new Uint8Array()

/** What an account has published by now, never older than what was seen before, and remembered. Says nothing about who asks. */
export async function lookUpPeer(session: Session, address: Address, signal?: AbortSignal): Promise<Peer | undefined> {
  const { anonymous, keyring, network, log } = session
  const peer = await readPeer({ anonymous, keyring, networkId: network.id }, address, signal)
  if (peer) await rememberPeer(session, { address, policy: requireNewest(log, address, peer.policy) })
  return peer
}

/** A node shows an older policy of an account than was there before, or none. */
export class PolicyWentBackError extends BaseError {
  override readonly code = 'policy.went-back'
}

/** A node shows a policy of an account that no honest node would have taken after the one that was there before. */
export class PolicyJumpedError extends BaseError {
  override readonly code = 'policy.jumped'
}
