import { createMerkleProof, createMPT } from '@ethereumjs/mpt'
import { toRlp } from 'viem'
import type { Holding } from '../../sdk/codec/lane.ts'
import { toBytes32 } from '../../sdk/crypto/abi.ts'
import { concatBytes, fromHex } from '../../sdk/crypto/bytes.ts'
import { keccak256 } from '../../sdk/crypto/hash.ts'
import { signDigest } from '../../sdk/crypto/secp256k1.ts'
import type { HoldsCondition } from '../../sdk/policy/index.ts'
import { type CheckpointView, namedNullifierOf, noIssuer, placeOf, shownDigestOf } from '../../sdk/verifier/index.ts'
import { accountOf, annKey, epoch } from './claims.ts'
import { factOf, factView } from './credentials.ts'
import type { EvidenceInit } from './lanes.ts'
import { lane, laneUse, networkId } from './world.ts'

// A small state of a chain, with tries and proofs by an independent library, and what accounts show to hold in it.

export const token: `0x${string}` = `0x${'70'.repeat(20)}`
export const empty: `0x${string}` = `0x${'71'.repeat(20)}`
export const slot = 9

type Items = Uint8Array | readonly Items[]

/** RLP, by a library that is not ours. */
export const encodeRlp = (items: Items): Uint8Array => toRlp(items as Uint8Array, 'bytes')

/** The least bytes of a number. */
const numeral = (value: bigint): Uint8Array => {
  const bytes = toBytes32(value)
  const start = bytes.findIndex((byte) => byte !== 0)
  return start < 0 ? new Uint8Array() : bytes.slice(start)
}

const trie = () => createMPT({ useKeyHashing: true })
const filler = (i: number) => keccak256(Uint8Array.of(i, i >> 8))
const noCode = keccak256()

/** A state in which ann holds 1000 of the coin and 70 of the token, ben nothing of either, and many others something. */
async function makeState() {
  const storage = await trie()
  await storage.put(placeOf(accountOf(annKey), slot), encodeRlp(numeral(70n)))
  for (let i = 0; i < 300; i++) await storage.put(filler(i), encodeRlp(numeral(BigInt(i + 1))))
  const none = await trie()
  const accounts = await trie()
  const put = (address: Uint8Array, balance: bigint, storageRoot: Uint8Array) =>
    accounts.put(address, encodeRlp([numeral(1n), numeral(balance), storageRoot, noCode]))
  await put(accountOf(annKey), 1_000n, none.root())
  await put(fromHex(token), 0n, storage.root())
  await put(fromHex(empty), 0n, none.root())
  for (let i = 0; i < 300; i++) await put(filler(i).subarray(12), BigInt(i + 1), none.root())
  return { accounts, storage }
}

export const { accounts, storage } = await makeState()

/** A header as blocks have it, over a state. */
export const headerOf = (stateRoot: Uint8Array): Uint8Array => {
  const hash = new Uint8Array(32).fill(1)
  const bloom = new Uint8Array(256)
  return encodeRlp([
    ...[hash, hash, new Uint8Array(20), stateRoot, hash, hash, bloom],
    ...[numeral(0n), numeral(100n), numeral(30_000_000n), numeral(21_000n), numeral(1_700_000_000n), new Uint8Array()],
    ...[hash, new Uint8Array(8), numeral(7n)],
  ])
}

export const header = headerOf(accounts.root())

/** A checkpoint of this epoch, whose first has named the block. */
export const holdingView = (hash: Uint8Array = keccak256(header)): CheckpointView => ({
  ...factView(),
  factBlock: { epoch, hash },
})

const chain = 'eip155:31337'
export const coinRule = `holds ${chain}/slip44:60 >= 0.000000000000001 by proof`
export const tokenRule = `holds ${chain}/erc20:${token} >= 70 decimals 0 by proof slot ${slot}`
export const coin = factOf(coinRule) as HoldsCondition
export const tokens = factOf(tokenRule) as HoldsCondition

export type Holder = {
  readonly who?: Uint8Array
  readonly fact?: HoldsCondition
  readonly number?: number
  readonly use?: Uint8Array
  readonly epoch?: number
}

/** Who is looked up in the state. */
const accountIn = ({ asset }: HoldsCondition, who: Uint8Array): Uint8Array =>
  asset.includes('slip44') ? accountOf(who) : fromHex(asset.split(':').at(-1) ?? '')

export type HoldingFields = Omit<Holding, '$typeName' | '$unknown'>

/** What ann shows to hold, for the usual lane, unless told otherwise. */
export async function holdingOf({
  who = annKey,
  fact = coin,
  number = 0,
  ...more
}: Holder = {}): Promise<HoldingFields> {
  const subject = accountOf(who)
  const accountProof = await createMerkleProof(accounts, accountIn(fact, who))
  const isToken = fact.slot !== undefined && !fact.asset.includes(empty)
  const storageProof = isToken ? await createMerkleProof(storage, placeOf(subject, fact.slot ?? 0)) : []
  const { bytes, recovery } = signDigest(shownDigestOf({ topic: lane.topic, use: more.use ?? laneUse(), number }), who)
  const name = { networkId, fact, issuerName: noIssuer, epoch: more.epoch ?? epoch, subject, number }
  return {
    header,
    accountProof,
    storageProof,
    subject,
    epoch: BigInt(name.epoch),
    number,
    nullifier: toBytes32(namedNullifierOf(name)),
    shown: concatBytes(bytes, Uint8Array.of(recovery)),
  }
}

export const holdingEvidence = (condition: number, value: HoldingFields): EvidenceInit => ({
  condition,
  kind: { case: 'holding', value: value as unknown as Holding },
})
