import { type Address, addressToBytes, equalBytes, toHex } from '../../crypto/index.ts'
import type { Mailroom } from '../sending/mailroom.ts'
import type { Refusal } from '../session/refusal.ts'
import type { Policies } from './policies.ts'

/**
 * Blocks an account: its wallet, and the pseudonyms that its letters showed, so that the node refuses it from now on; and
 * denies it for all clients of this account.
 */
export async function blockAccount(
  mailroom: Mailroom,
  policies: Policies,
  peer: Address,
): Promise<{ ok: true } | Refusal> {
  await mailroom.inbox.sync()
  const tags = mailroom.inbox.tagsOf(peer)
  const changed = await policies.change(({ document }) => ({
    blockedWallets: withAll(document?.blockedWallets, [addressToBytes(peer)]),
    blockedTags: withAll(document?.blockedTags, tags),
  }))
  return changed.ok ? mailroom.consents.set('denied', [peer]) : changed
}

/** Takes a block back. */
export async function unblockAccount(
  mailroom: Mailroom,
  policies: Policies,
  peer: Address,
): Promise<{ ok: true } | Refusal> {
  await mailroom.inbox.sync()
  const tags = mailroom.inbox.tagsOf(peer)
  const changed = await policies.change(({ document }) => ({
    blockedWallets: withoutAll(document?.blockedWallets, [addressToBytes(peer)]),
    blockedTags: withoutAll(document?.blockedTags, tags),
  }))
  return changed.ok ? mailroom.consents.set('allowed', [peer]) : changed
}

function withAll(list: readonly Uint8Array[] = [], more: readonly Uint8Array[]): Uint8Array[] {
  const known = new Set(list.map(toHex))
  return [...list, ...more.filter((entry) => !known.has(toHex(entry)))]
}

const withoutAll = (list: readonly Uint8Array[] = [], less: readonly Uint8Array[]): Uint8Array[] =>
  list.filter((entry) => !less.some((other) => equalBytes(other, entry)))
