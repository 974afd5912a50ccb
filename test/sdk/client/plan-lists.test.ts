import { describe, expect, test } from 'vitest'
import { planBlocks } from '../../../sdk/client/account/plan-blocks.ts'
import { followList, leaveList, listedOf, type OwnWord, type ReadList } from '../../../sdk/client/account/plan-lists.ts'
import { createBlockList, type OwnBlock, type OwnCopy, readOwnCopy } from '../../../sdk/codec/index.ts'
import { addressToBytes, randomBytes } from '../../../sdk/crypto/index.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { networkId, recipient } from '../../helpers/world.ts'

const [peer, owner] = [0x10, 0x71].map((byte) => walletOf(byte).address) as [ReadList['owner'], ReadList['owner']]
const wallet: OwnBlock = { kind: 'wallet', value: addressToBytes(peer) }
const unknown: OwnWord = () => 'unknown'
const read: ReadList = { owner, version: 1n, accounts: [peer] }

function follow(blocks: readonly OwnBlock[], word = unknown): OwnCopy {
  const own = followList({ blocks, lists: [] }, read, word)
  if ('ok' in own) throw new Error(own.code)
  return own
}

describe('a wallet on a shared list', () => {
  test('that was blocked by hand is so when the list is left', () => {
    const own = follow([wallet])
    expect(own.blocks).toEqual([{ ...wallet, sources: 0b11 }])
    expect(leaveList(own, owner, unknown).blocks).toEqual([wallet])
  })

  test('that a stock client has denied meanwhile stays blocked when the list is left', () => {
    expect(leaveList(follow([]), owner, () => 'denied').blocks).toEqual([wallet])
    expect(leaveList(follow([]), owner, unknown).blocks).toEqual([])
  })

  test('that is blocked by hand as well remembers both', () => {
    expect(planBlocks(follow([]).blocks, [wallet])).toEqual([{ ...wallet, sources: 0b11 }])
  })

  test('that was to be blocked later is blocked now; one that is about to go is not counted', () => {
    expect(follow([{ ...wallet, due: 'come' }]).blocks).toEqual([{ ...wallet, sources: 0b11 }])
    const going: OwnCopy = { blocks: [{ ...wallet, sources: 0b10, due: 'go' }], lists: [] }
    expect(listedOf(going)).toEqual([])
    expect(listedOf(follow([]))).toEqual([peer])
  })
})

test('following and leaving a list keeps the version of the own one', () => {
  const followed = followList({ blocks: [], lists: [], published: 7n }, read, unknown)
  expect(followed).toMatchObject({ published: 7n })
  expect(leaveList(followed as OwnCopy, owner, unknown)).toMatchObject({ published: 7n, lists: [] })
})

test('the owner’s copy keeps who blocks what, and the lists that are followed', () => {
  const lists = [{ owner: addressToBytes(owner), version: 2n ** 63n - 1n, slot: 15 }]
  const blocks: OwnBlock[] = [
    { ...wallet, sources: 0x8001, allowedBefore: 3 },
    { kind: 'tag', value: new Uint8Array(32).fill(0xff) },
  ]
  const secret = randomBytes(32)
  const list = createBlockList(
    { networkId, owner: recipient, version: 1n, blocks, lists },
    { secret, random: randomBytes },
  )
  expect(readOwnCopy(list, secret)).toEqual({ blocks, lists })
})
