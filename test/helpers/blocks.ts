import { addBlocks, type Block, createBlockList, ownedTopic, signBlockList } from '../../sdk/codec/index.ts'
import { randomBytes } from '../../sdk/crypto/index.ts'
import type { CheckedBlocks } from '../../sdk/verifier/index.ts'
import { envelope, networkId, type TestAccount } from './node.ts'

/** Whom an account blocks. */
export type BlockedValues = {
  readonly tags?: readonly Uint8Array[]
  readonly wallets?: readonly Uint8Array[]
  readonly connections?: readonly Uint8Array[]
}

export const blocksFrom = ({ tags = [], wallets = [], connections = [] }: BlockedValues): Block[] =>
  addBlocks(addBlocks(addBlocks([], { kind: 'tag', values: tags }), { kind: 'wallet', values: wallets }), {
    kind: 'connection',
    values: connections,
  })

/** A list of blocks as verifiers check it. */
export const listOf = (owner: Uint8Array, values: BlockedValues, network = networkId): CheckedBlocks => {
  const fields = { networkId: network, owner, version: 1n, blocks: blocksFrom(values) }
  return createBlockList(fields, { secret: new Uint8Array(32).fill(7), random: randomBytes })
}

/** A list of blocks, signed by its owner, as an envelope; with other fields where they are given. */
export function blocksEnvelope(
  account: TestAccount,
  values: BlockedValues & { version: bigint },
  changes: Partial<Parameters<typeof signBlockList>[0]> = {},
) {
  const { publicKey: key, secret } = account.identity.keys.identityKey
  const fields = { networkId, owner: account.bytes, version: values.version, blocks: blocksFrom(values) }
  const list = { ...createBlockList(fields, { secret, random: randomBytes }), ...changes }
  return envelope(ownedTopic('blocks', account.address), signBlockList(list, { key, secret }))
}
