import type { FollowedList, OwnBlock, OwnCopy } from '../../codec/index.ts'
import { type Address, addressToBytes, equalBytes, toAddress } from '../../crypto/index.ts'
import { faultOfVersion, type VerifiedSharedList } from '../../verifier/index.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import { ownWord } from './plan-blocks.ts'

// A shared list is copied into the account's own: each of its wallets is a block that knows where it comes from. So all
// clients of the account have it, and what a publisher has taken away or a node does not show is still there.

/** What the account says itself, which no list overrules: accounts that it has allowed stay open, denied ones shut. */
export type OwnWord = (peer: Address) => 'allowed' | 'denied' | 'unknown'

/** So many lists can be followed at once: a block has a bit for each. */
const mostLists = 15
/** Wallets that lists alone block, so that they never take the room of the account's own word. */
const mostListed = 2048

/** A list of an account as it was read. */
export type ReadList = VerifiedSharedList & { readonly owner: Address }

/** Copies a version of a shared list over the one before; a refusal where it is older, jumps, or finds no room. */
export function followList(own: OwnCopy, read: ReadList, word: OwnWord): OwnCopy | Refusal {
  const known = listOf(own, read.owner)
  const refusal = known && refuseVersion(read, known.version)
  if (refusal) return refusal
  const slot = known?.slot ?? freeSlot(own)
  if (slot === undefined)
    return refuse('shared-list.too-many', `An account follows at most ${mostLists} lists. Leave one first.`)
  if (known?.version === read.version) return own
  const wanted = new Set(read.accounts.filter((peer) => word(peer) !== 'allowed'))
  const blocks = copyOver(own.blocks, { wanted, bit: 1 << slot, word })
  if (blocks.filter(isListed).length > mostListed)
    return refuse('shared-list.no-room', `Shared lists block at most ${mostListed} accounts together. Leave one first.`)
  const followed = { owner: addressToBytes(read.owner), version: read.version, slot }
  return { ...own, blocks, lists: [...own.lists.filter((list) => list !== known), followed] }
}

/** Takes away what a list alone blocks. */
export function leaveList(own: OwnCopy, owner: Address, word: OwnWord): OwnCopy {
  const known = listOf(own, owner)
  if (!known) return own
  const blocks = copyOver(own.blocks, { wanted: new Set(), bit: 1 << known.slot, word })
  return { ...own, blocks, lists: own.lists.filter((list) => list !== known) }
}

/** Accounts that shared lists block, whoever else does; those not that the account has just allowed. */
export const listedOf = ({ blocks }: OwnCopy): Address[] =>
  blocks.flatMap(({ sources = 0, value, due }) => (sources > ownWord && due !== 'go' ? [toAddress(value)] : []))

const isListed = ({ sources = ownWord }: OwnBlock): boolean => (sources & ownWord) === 0

/** The list of an account, where it is followed. */
export const listOf = ({ lists }: OwnCopy, owner: Address): FollowedList | undefined =>
  lists.find((list) => equalBytes(list.owner, addressToBytes(owner)))

function refuseVersion({ owner, version }: ReadList, known: bigint): Refusal | undefined {
  if (version === known) return undefined
  const fault = faultOfVersion(version, known)
  if (!fault) return undefined
  const code = fault === 'too-low' ? 'shared-list.went-back' : 'shared-list.jumped'
  return refuse(code, `${owner} had version ${known} of its shared list; the node shows ${version}. Ask another node.`)
}

function freeSlot({ lists }: OwnCopy): number | undefined {
  const taken = new Set(lists.map(({ slot }) => slot))
  return Array.from({ length: mostLists }, (_, i) => i + 1).find((slot) => !taken.has(slot))
}

type Copying = { readonly wanted: ReadonlySet<Address>; readonly bit: number; readonly word: OwnWord }

/** All wallets of the list at once: they are different accounts, so that nobody learns what belongs together. */
function copyOver(blocks: readonly OwnBlock[], copying: Copying): OwnBlock[] {
  const there = new Set(blocks.flatMap(({ kind, value }) => (kind === 'wallet' ? [toAddress(value)] : [])))
  const fresh = [...copying.wanted].filter((peer) => !there.has(peer))
  return [
    ...blocks.flatMap((block) => (block.kind === 'wallet' ? copyWallet(block, copying) : [block])),
    ...fresh.map((peer): OwnBlock => ({ kind: 'wallet', value: addressToBytes(peer), sources: copying.bit })),
  ]
}

function copyWallet(block: OwnBlock, { wanted, bit, word }: Copying): OwnBlock[] {
  const peer = toAddress(block.value)
  const { sources: before = ownWord } = block
  if (wanted.has(peer)) return [{ ...block, due: undefined, sources: before | bit }]
  const own = word(peer) === 'denied' ? ownWord : 0
  const after = (before & ~bit) | own
  return after === 0 ? [] : [{ ...block, sources: after === ownWord ? undefined : after }]
}
