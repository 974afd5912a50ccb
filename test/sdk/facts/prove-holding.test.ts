import { describe, expect, test } from 'vitest'
import { firstOfEpoch } from '../../../sdk/client/tickets/first-checkpoint.ts'
import { encodeCheckpoint } from '../../../sdk/codec/index.ts'
import { type Hex, keccak256, toHex } from '../../../sdk/crypto/index.ts'
import { headerOf } from '../../../sdk/facts/block-header.ts'
import { proveHolding } from '../../../sdk/facts/index.ts'
import { factClass } from '../../../sdk/verifier/index.ts'
import { ann, epoch } from '../../helpers/claims.ts'
import { coin, header, holdingOf, tokens } from '../../helpers/holdings.ts'
import { checkpoint } from '../../helpers/world.ts'

const hexOf = (bytes: Uint8Array): Hex => `0x${toHex(bytes)}`
const zeros = (bytes: number): Hex => `0x${'00'.repeat(bytes)}`

/** The first block of Ethereum. */
const genesis = {
  parentHash: zeros(32),
  sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
  miner: zeros(20),
  stateRoot: '0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544',
  transactionsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  receiptsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  logsBloom: zeros(256),
  difficulty: 17_179_869_184n,
  number: 0n,
  gasLimit: 5_000n,
  gasUsed: 0n,
  timestamp: 0n,
  extraData: '0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa',
  mixHash: zeros(32),
  nonce: '0x0000000000000042',
}
const genesisHash = Buffer.from('d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3', 'hex')

describe('a header', () => {
  test('is made of what an endpoint says of the block, as numbers or as hex', () => {
    expect(keccak256(headerOf(genesis, genesisHash)!)).toEqual(new Uint8Array(genesisHash))
    const raw = {
      ...genesis,
      difficulty: '0x400000000',
      number: '0x0',
      gasLimit: '0x1388',
      gasUsed: '0x0',
      timestamp: '0x0',
    }
    expect(headerOf(raw, genesisHash)).toEqual(headerOf(genesis, genesisHash))
  })

  test.each<[string, object]>([
    ['another field', { ...genesis, gasUsed: 1n }],
    ['a field of a later fork', { ...genesis, baseFeePerGas: 1n }],
    ['no root', { ...genesis, stateRoot: undefined }],
  ])('with %s is none', (_, block) => {
    expect(headerOf(block as never, genesisHash)).toBeUndefined()
  })
})

/** The block that the header of the tests is of, as an endpoint tells it. */
const block = (() => {
  const [hash, number] = [hexOf(new Uint8Array(32).fill(1)), (value: bigint) => value]
  const roots = { parentHash: hash, sha3Uncles: hash, transactionsRoot: hash, receiptsRoot: hash, mixHash: hash }
  const numbers = { difficulty: 0n, number: 100n, gasLimit: 30_000_000n, gasUsed: 21_000n, timestamp: 1_700_000_000n }
  const others = {
    miner: zeros(20),
    logsBloom: zeros(256),
    extraData: '0x',
    nonce: zeros(8),
    baseFeePerGas: number(7n),
  }
  return { ...roots, ...numbers, ...others, stateRoot: hexOf(header.subarray(91, 123)) }
})()

/** A chain that proves what the tests hold, unless it says something else. */
async function chainOf(fact: typeof coin, { told = block, nodes = (all: Hex[]) => all } = {}) {
  const { accountProof, storageProof } = await holdingOf({ fact })
  const written = { account: nodes(accountProof.map(hexOf)), storage: storageProof.map(hexOf) }
  return {
    getBlock: async () => told,
    getProof: async () => ({ accountProof: written.account, storageProof: [{ proof: written.storage }] }),
  }
}

const at = { blockHash: keccak256(header), blockNumber: 100n }
const proving = { subject: ann.address, epoch, checkpoint: at }

describe('what an account holds', () => {
  test.each([
    ['of the coin', coin],
    ['of a token', tokens],
  ])('%s is proven by an endpoint of the chain', async (_, fact) => {
    const proven = await proveHolding(fact, { ...proving, chain: await chainOf(fact) })
    const { accountProof, storageProof, subject } = await holdingOf({ fact })
    expect(proven).toEqual({ fact, epoch, subject, header, accountProof, storageProof })
  })

  test('is not where it is one less', async () => {
    const more = { ...coin, amount: coin.amount + 1n }
    await expect(proveHolding(more, { ...proving, chain: await chainOf(coin) })).rejects.toMatchObject({
      code: 'fact.not-held',
    })
  })

  test.each<[string, () => Promise<Awaited<ReturnType<typeof chainOf>>>]>([
    ['has another block', () => chainOf(coin, { told: { ...block, number: 101n } })],
    ['says of a number what is none', () => chainOf(coin, { told: { ...block, number: 'many' as never } })],
    ['says of a field what is no hex', () => chainOf(coin, { told: { ...block, stateRoot: '0xzz' } })],
    ['says nothing of the block', () => chainOf(coin, { told: null as never })],
    ['says of a node what is no hex', () => chainOf(coin, { nodes: () => ['0xzz'] })],
    ['says nothing of a proof', async () => ({ ...(await chainOf(coin)), getProof: async () => ({}) as never })],
    ['leaves a node out', () => chainOf(coin, { nodes: (all) => all.slice(1) })],
    ['adds a node', () => chainOf(coin, { nodes: (all) => [...all, all[0]!] })],
    [
      'has forgotten the state',
      async () => ({ ...(await chainOf(coin)), getProof: () => Promise.reject(new Error('missing trie node')) }),
    ],
  ])('is not where the endpoint %s', async (_, chain) => {
    await expect(proveHolding(coin, { ...proving, chain: await chain() })).rejects.toMatchObject({
      code: 'holding.unproven',
    })
  })
})

describe('the first checkpoint of an epoch', () => {
  const times = [0, 5, 5, 9].flatMap((after, of) =>
    Array.from({ length: 7 }, (_, i) => (epoch + of) * factClass.epochLength + after + i),
  )
  const asked: bigint[] = []
  const prover = {
    async checkpoints(after: bigint) {
      asked.push(after)
      const issuedAt = times[Number(after)]
      if (issuedAt === undefined) return []
      return [
        { checkpoint: encodeCheckpoint({ ...checkpoint, sequence: after + 1n, issuedAt: BigInt(issuedAt) }) } as never,
      ]
    },
  }
  test.each([1, 7, 8, 14, 15, 20, 28])('is found from number %i, with few questions', async (number) => {
    const found = await firstOfEpoch(prover, { sequence: BigInt(number), issuedAt: BigInt(times[number - 1]!) })
    expect(found?.sequence).toBe(BigInt(Math.floor((number - 1) / 7) * 7 + 1))
    expect(asked.splice(0).length).toBeLessThanOrEqual(6)
  })

  test('is not found with a prover that does not serve it', async () => {
    expect(await firstOfEpoch({ checkpoints: async () => [] }, { sequence: 3n, issuedAt: 5n })).toBeUndefined()
  })
})
