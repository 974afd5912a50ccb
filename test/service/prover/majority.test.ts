import type { Hex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { majorityOf } from '../../../scripts/ignition/modules/economy.ts'
import { decodeCheckpoint, type SignedCheckpoint } from '../../../sdk/codec/index.ts'
import { networkIdOf, toHex } from '../../../sdk/crypto/index.ts'
import { noteTreeAbi } from '../../../sdk/notes/index.ts'
import { checkpointDigest, signersOf } from '../../../sdk/verifier/index.ts'
import { followCheckpoints } from '../../../service/node/checkpoints.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { freePort, startPostgres } from '../../helpers/postgres.ts'
import { makeDataDir, startTestProver } from '../../helpers/prover.ts'
import { proverProcess, served, startFrozenChain, startLyingProver } from '../../helpers/prover-process.ts'
import { addressOfKey, announceSigners, seatSigners } from '../../helpers/signers.ts'

const keys = [1, 2, 3, 4, 5].map((i) => `0x${String(i).padStart(64, 'c0de')}` as Hex)
const signers = keys.map(addressOfKey)
const network = 'pennypost-local'

let chain: TestChain
let ports: number[]
const urlAt = (i: number) => `http://127.0.0.1:${ports[i]}`
const closing: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  chain = await startTestChain()
  closing.push(chain.close)
  ports = await Promise.all(keys.map(() => freePort()))
})

afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

let commitment = 0n
const buy = async () => (await chain.buy(++commitment)).operation + 1n

/** How many operations the newest checkpoint of a prover covers; -1 where there is none. */
const coveredBy = async (url: string) => {
  const [newest] = await served(url, '/latest')
  return newest ? decodeCheckpoint(newest.checkpoint).operations : -1n
}
const reaches = async (operations: bigint, ...urls: readonly string[]) => {
  for (const url of urls) {
    await expect.poll(() => coveredBy(url), { timeout: 90_000, interval: 50 }).toBeGreaterThanOrEqual(operations)
  }
}

test.each([1, 2, 3])('%i signers who deposit and rotate sign together, as many of them as is usual', async (count) => {
  const snapshot = await chain.testClient.snapshot()
  await announceSigners(chain, signers.slice(0, count), majorityOf(count))
  await seatSigners(chain, keys.slice(0, count))
  const running = await Promise.all(
    keys.slice(0, count).map((signerKey, i) => {
      const peers = keys.slice(0, count).flatMap((_, j) => (j === i ? [] : [urlAt(j)]))
      const registry = { network, checkpointRegistry: chain.checkpointRegistry, isNewNetwork: 'on' } as const
      return startTestProver(chain, { ...registry, signerKey, peers, port: ports[i] ?? 0 })
    }),
  )
  const operations = await buy()
  await reaches(operations, ...running.map(({ url }) => url))
  for (const { url } of running) {
    const [newest] = await served(url, '/latest')
    expect(signersOf(newest!, signers).length).toBeGreaterThanOrEqual(majorityOf(count))
  }
  for (const prover of running) await prover.close()
  await chain.testClient.revert({ id: snapshot })
})

describe('three of five, each a process of its own', () => {
  let provers: ReturnType<typeof proverProcess>[]
  const honest = [0, 1, 2]
  const signed = new Map<string, string>()

  beforeAll(async () => {
    const postgres = await startPostgres()
    closing.push(postgres.stop)
    await announceSigners(chain, signers, majorityOf(5))
    await seatSigners(chain, keys)
    provers = []
    for (const [i, key] of keys.entries()) {
      const data = await makeDataDir()
      closing.push(data.remove)
      const prover = proverProcess({
        PENNYPOST_PORT: String(ports[i]),
        PENNYPOST_DATA_DIR: data.dataDir,
        PENNYPOST_DATABASE_URL: await postgres.database(),
        PENNYPOST_RPC_URL: chain.rpcUrl,
        PENNYPOST_NOTE_TREE: chain.tree,
        PENNYPOST_POSTAGE: chain.postage,
        PENNYPOST_CHECKPOINT_REGISTRY: chain.checkpointRegistry,
        PENNYPOST_FROM_BLOCK: String(chain.deployedAtBlock),
        PENNYPOST_CONFIRMATIONS: '0',
        PENNYPOST_NEW_NETWORK: 'on',
        PENNYPOST_RATE_LIMITS: 'off',
        PENNYPOST_SIGNER_KEY: key,
        PENNYPOST_PEERS: keys.flatMap((_, j) => (j === i ? [] : [urlAt(j)])).join(),
      })
      provers.push(prover)
      closing.push(prover.kill)
    }
  })

  /** Keeps what is served now; no key may ever have signed two checkpoints with one number. */
  async function collect(): Promise<void> {
    for (const i of honest) {
      for (const one of [...(await served(urlAt(i), '?after=0')), ...(await served(urlAt(i), '/proposed'))]) keep(one)
    }
  }

  function keep(one: SignedCheckpoint): void {
    const made = decodeCheckpoint(one.checkpoint)
    const digest = toHex(checkpointDigest(made))
    for (const signer of signersOf(one, signers)) {
      const name = `${signer} ${made.sequence}`
      expect(signed.get(name) ?? digest).toBe(digest)
      signed.set(name, digest)
    }
  }

  /** A node that asks everybody, the last first, and believes what is signed by enough. */
  async function followed() {
    const node = await followCheckpoints({
      store: { checkpoints: async () => [], checkpoint: async () => undefined, addCheckpoint: async () => undefined },
      trust: {
        networkId: networkIdOf(network),
        chainId: 31_337n,
        noteTree: chain.tree,
        registry: chain.checkpointRegistry,
        signers,
        threshold: 3,
      },
      provers: [4, 3, 2, 1, 0].map(urlAt),
      seconds: 3_600,
      clock: () => Date.now() / 1000 + 300,
      fetch,
    })
    await node.poll()
    await node.close()
    return node.view()?.latest
  }

  /** What the node follows says of the log what the contract says, and of the root what honest provers sign. */
  async function expectTruth(): Promise<void> {
    const latest = (await followed()) ?? expect.fail('It follows nothing.')
    const contract = { address: chain.tree, abi: noteTreeAbi } as const
    const chained = await chain.publicClient.readContract({
      ...contract,
      functionName: 'chainAt',
      args: [latest.operations],
    })
    expect(`0x${toHex(latest.logHash)}`).toBe(chained)
    const [said] = await served(urlAt(0), `?after=${latest.sequence - 1n}&limit=1`)
    expect(toHex(checkpointDigest(latest))).toBe(toHex(checkpointDigest(decodeCheckpoint(said!.checkpoint))))
  }

  const patience = { timeout: 120_000 }
  const kill = async (...who: readonly number[]) => void (await Promise.all(who.map((i) => provers[i]?.kill())))

  test('go on without two that are down', patience, async () => {
    for (const prover of provers) prover.start()
    await reaches(await buy(), ...keys.map((_, i) => urlAt(i)))
    await collect()
    await kill(3, 4)
    await reaches(await buy(), ...honest.map(urlAt))
    await expectTruth()
  })

  test('go on without two whose chain stands still', patience, async () => {
    const stale = await startFrozenChain(chain.rpcUrl)
    closing.push(stale.close)
    const known = await coveredBy(urlAt(0))
    for (const i of [3, 4]) provers[i]?.start({ PENNYPOST_RPC_URL: stale.url })
    await reaches(known, urlAt(3), urlAt(4))
    await reaches(await buy(), ...honest.map(urlAt))
    expect(await coveredBy(urlAt(4))).toBe(known)
    await expectTruth()
    await kill(3, 4)
  })

  test('go on beside two that lie, killed at any moment, and sign no number twice', patience, async () => {
    const liars = await Promise.all(
      [3, 4].map((i) => startLyingProver({ port: ports[i] ?? 0, keys: keys.slice(3), honest: urlAt(0) })),
    )
    for (const i of honest) {
      const end = performance.now() + 100 + Math.random() * 400
      while (performance.now() < end) await Promise.all([buy(), collect()])
      await kill(i)
      provers[i]?.start()
      await collect()
    }
    await reaches(await buy(), ...honest.map(urlAt))
    await collect()
    await expectTruth()
    for (const liar of liars) {
      expect(liar.lies.told).toBeGreaterThan(0)
      await liar.close()
    }
  })

  test('and two alone seal nothing, until a third is back', patience, async () => {
    await kill(2)
    const before = await Promise.all([0, 1].map((i) => coveredBy(urlAt(i))))
    const more = await buy()
    const offered = async () => (await served(urlAt(0), '/proposed')).flatMap((one) => signersOf(one, signers))
    await expect.poll(offered, { timeout: 90_000 }).toHaveLength(2)
    expect(await Promise.all([0, 1].map((i) => coveredBy(urlAt(i))))).toEqual(before)
    provers[2]?.start()
    await reaches(more, ...honest.map(urlAt))
    await collect()
    await expectTruth()
    expect(signed.size).toBeGreaterThan(15)
  })
})
