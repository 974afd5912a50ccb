import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  type Checkpoint,
  decodeCheckpoint,
  decodeSignedCheckpoint,
  encodeCheckpoint,
  encodeSignedCheckpoint,
} from '../../sdk/codec/index.ts'
import { addressToBytes, fromBase64, signDigest, toBase64 } from '../../sdk/crypto/index.ts'
import { Client, type ClientEvent, type ClientOptions, type GivenChain } from '../../sdk/index.ts'
import type { Fetch } from '../../sdk/transport/index.ts'
import { checkpointDigest, defaultTerms } from '../../sdk/verifier/index.ts'
import { deviceOf, startTestNetwork, type TestNetwork } from '../helpers/network.ts'

// What a client learns that is given a node and nothing else, and what a node can do to it that lies.

let network: TestNetwork
const clients: Client[] = []
beforeAll(async () => {
  network = await startTestNetwork({ requestBits: defaultTerms.requestBits }) // as clients expect it
})
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()))
  await network.close()
})

async function create(options: Partial<ClientOptions> = {}, key = generatePrivateKey()) {
  const events: ClientEvent[] = []
  const onProgress = (event: ClientEvent) => void (event.kind === 'degraded' && events.push(event))
  const client = await Client.create(privateKeyToAccount(key), { node: network.node.url, onProgress, ...options })
  clients.push(client)
  return { client, events }
}

const liar = privateKeyToAccount(`0x${'e1'.repeat(32)}`)
const [mallorysContract, mallorysProver] = [`0x${'ba'.repeat(20)}`, 'http://127.0.0.1:9'] as const

/** A node's answers, with checkpoints that the liar has signed: of contracts, a prover and terms of its own. */
const lying =
  (change: Partial<Checkpoint> = {}): Fetch =>
  async (url, init) => {
    const response = await fetch(url, init)
    if (!url.startsWith(network.node.url) || !url.includes('/v1/checkpoints')) return response
    const { checkpoints } = (await response.json()) as { checkpoints: string[] }
    return Response.json({ checkpoints: checkpoints.map((one) => resigned(one, change)) })
  }

function resigned(text: string, change: Partial<Checkpoint>): string {
  const said = decodeCheckpoint(decodeSignedCheckpoint(fromBase64(text)).checkpoint)
  const classes = said.classes.map((one) => ({ ...one, contract: addressToBytes(mallorysContract) }))
  const issuers = said.issuers.map((one) => ({ ...one, url: mallorysProver }))
  const content = { ...said, classes, issuers, ...change }
  const { bytes, recovery } = signDigest(checkpointDigest(content), new Uint8Array(32).fill(0xe1))
  const signatures = [{ signer: addressToBytes(liar.address), signature: Uint8Array.of(...bytes, 27 + recovery) }]
  return toBase64(encodeSignedCheckpoint({ checkpoint: encodeCheckpoint(content), signatures }))
}

/** The chain as a wallet has it: without any contract. */
async function barePurse(): Promise<{ key: `0x${string}`; chain: GivenChain }> {
  const { key, chain } = await network.purse(10)
  const { publicClient, walletClient } = chain
  return { key, chain: { publicClient, walletClient } }
}

describe('a client that is given a node alone', () => {
  test('learns prover, chain and note tree from the checkpoint that it follows, and says by whose word', async () => {
    const { client, events } = await create()
    const { chainId, noteTree } = network.trust
    const learnt = { chainId, noteTree, prover: network.prover.url, signers: [network.prover.signer], threshold: 1 }
    expect(client.trust).toMatchObject({ ...learnt, namedBy: 'first-use' })
    expect(events).toEqual([])
  })

  test('spends nothing on contracts of the node', async () => {
    const { key, chain } = await barePurse()
    const { client } = await create({ chain }, key)
    await expect(client.stamps.buy({ count: 4 })).rejects.toMatchObject({ code: 'chain.missing' })
  })

  test('believes the node that it meets first, whoever that is', async () => {
    const { client } = await create({ anonymousFetch: lying() })
    expect(client.trust).toMatchObject({ signers: [liar.address], prover: mallorysProver, namedBy: 'first-use' })
  })

  test('with a storage believes it from then on, and no other', async () => {
    const { storage } = deviceOf()
    const key = generatePrivateKey()
    await create({ storage }, key)
    const { client, events } = await create({ storage, anonymousFetch: lying() }, key)
    expect(client.trust).toMatchObject({ signers: [network.prover.signer], prover: network.prover.url })
    expect(events).toEqual([{ kind: 'degraded', code: 'checkpoint.invalid' }])
  })
})

describe('a client that names its signers', () => {
  const named = () => ({ network: { signers: [network.prover.signer] } })

  test('buys of the contracts that they have signed, with the token that those take', async () => {
    const { key, chain } = await barePurse()
    const { client } = await create({ ...named(), chain }, key)
    expect(client.trust).toMatchObject({ namedBy: 'application', prover: network.prover.url })
    expect(await client.stamps.buy({ count: 4 })).toMatchObject({ limit: 4n, isUsable: true })
  })

  test('asks for a chain that is given by a function once something is done there, and again where that failed', async () => {
    const { key, chain } = await barePurse()
    const open = vi.fn(async () => chain).mockRejectedValueOnce(new Error('The wallet is on another chain.'))
    const { client } = await create({ ...named(), chain: open }, key)
    await client.policy.get(client.address)
    expect(await client.stamps.balance()).toMatchObject({ stamps: 0 })
    expect(open).not.toHaveBeenCalled()
    await expect(client.stamps.buy({ count: 4 })).rejects.toThrow('The wallet is on another chain.')
    expect(await client.stamps.buy({ count: 4 })).toMatchObject({ limit: 4n, isUsable: true })
    expect(await client.stakes.status()).toMatchObject({ deposit: undefined })
    expect(open).toHaveBeenCalledTimes(2)
  })

  test('keeps to what else the application has named', async () => {
    const { chain } = await barePurse()
    const own = { ...chain, postage: mallorysContract, stakes: mallorysContract }
    const { client } = await create({ ...named(), prover: mallorysProver, chain: own })
    expect(client.trust?.prover).toBe(mallorysProver)
    await expect(client.stamps.buy({ count: 4 })).rejects.toMatchObject({
      code: expect.not.stringMatching('chain.missing'),
    })
  })

  test('learns nothing of a node that shows what somebody else has signed', async () => {
    const { key, chain } = await barePurse()
    const { client, events } = await create({ ...named(), chain, anonymousFetch: lying() }, key)
    expect(events).toEqual([{ kind: 'degraded', code: 'checkpoint.invalid' }])
    expect(client.trust).toBeUndefined()
    await expect(client.stamps.buy({ count: 4 })).rejects.toMatchObject({ code: 'chain.missing' })
  })
})
