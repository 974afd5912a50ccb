import { expect, test } from 'vitest'
import { createOwnBlocks } from '../../../sdk/client/mailbox/own-blocks.ts'
import { createClock } from '../../../sdk/client/session/clock.ts'
import { type Envelope, type OwnBlock, type OwnCopy, readOwnCopy } from '../../../sdk/codec/index.ts'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import { createKeyring } from '../../../sdk/identity/index.ts'
import { verifyBlockList } from '../../../sdk/verifier/index.ts'
import { bob, networkId, recipient } from '../../helpers/world.ts'

const wallet: OwnBlock = { kind: 'wallet', value: new Uint8Array(20).fill(1), allowedBefore: 1, sources: 0b10 }
const list = { owner: new Uint8Array(20).fill(2), version: 1n, slot: 1 }
const before: OwnCopy = { blocks: [wallet], lists: [list], published: 1n }

/** An account's own list at a node that takes everything. */
async function begin() {
  const taken: Envelope[] = []
  const named = {
    publish: async (more: readonly Envelope[]) => void taken.push(...more),
    queryPage: async () => ({ envelopes: taken.slice(-1) }),
  }
  const blocks = createOwnBlocks({
    named,
    network: { id: networkId },
    keyring: createKeyring(bob),
    clock: createClock(() => 1_750_000_000, randomBytes),
    random: randomBytes,
    sealed: { get: async () => undefined, set: async () => true },
    tell: () => undefined,
  } as never)
  const read = () => {
    const { version, ...own } = verifyBlockList(taken.at(-1)!.message, { networkId, owner: recipient })
    return { version, ...readOwnCopy(own, bob.keys.identityKey.secret) }
  }
  await blocks.changeAll(() => before)
  return { blocks, read }
}

test.each<[string, OwnCopy]>([
  ['who blocks a wallet', { ...before, blocks: [{ ...wallet, sources: 0b11 }] }],
  ['how often a wallet was allowed before', { ...before, blocks: [{ ...wallet, allowedBefore: 2 }] }],
  ['what is due', { ...before, blocks: [{ ...wallet, due: 'go' }] }],
  ['the version of a list that is followed', { ...before, lists: [{ ...list, version: 2n }] }],
  ['the slot of one', { ...before, lists: [{ ...list, slot: 2 }] }],
  ['the owner of one', { ...before, lists: [{ ...list, owner: new Uint8Array(20).fill(3) }] }],
  ['the version of its own shared list', { ...before, published: 2n }],
  ['nothing but that there is none any more', { ...before, published: undefined }],
])('a change of %s alone is published', async (_, after) => {
  const { blocks, read } = await begin()
  expect(read()).toEqual({ version: 1n, ...before })
  await blocks.changeAll(() => after)
  expect(read()).toEqual({ version: 2n, ...after })
})

test('what changes nothing publishes nothing, and what changes blocks leaves the rest', async () => {
  const { blocks, read } = await begin()
  await blocks.changeAll((own) => ({ ...own }))
  expect(read().version).toBe(1n)
  await blocks.change(() => [])
  expect(read()).toEqual({ version: 2n, ...before, blocks: [] })
})
