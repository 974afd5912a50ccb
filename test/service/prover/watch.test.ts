import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  encodeSignedCheckpoint,
} from '../../../sdk/codec/index.ts'
import { addressToBytes, forestRootOf, toBase64 } from '../../../sdk/crypto/index.ts'
import { checkpointRegistryAbi } from '../../../sdk/generated/abis.ts'
import { checkpointDigest } from '../../../sdk/verifier/index.ts'
import { createSigner } from '../../../service/prover/checkpoints/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { openOffice } from '../../helpers/office.ts'
import { freePort } from '../../helpers/postgres.ts'
import { startTestProver } from '../../helpers/prover.ts'

const patience = { timeout: 90_000, interval: 100 }

let chain: TestChain
let office: Awaited<ReturnType<typeof openOffice>>
let server: Server
let served: string[] = []
let proposed: string | undefined
const running: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  chain = await startTestChain()
  office = await openOffice(chain, 3)
  await chain.buy(1n)
  server = createServer(({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://liar')
    if (pathname === '/v1/checkpoints') {
      return response.end(JSON.stringify({ checkpoints: served.slice(Number(searchParams.get('after'))) }))
    }
    if (pathname !== '/v1/checkpoints/proposed' || !proposed) return response.writeHead(404).end('{}')
    return response.end(JSON.stringify({ checkpoint: proposed }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterAll(async () => {
  for (const stop of running) await stop()
  server?.close()
  await chain?.close()
})

/** Signed by some of those in office. */
function sign(checkpoint: Checkpoint, count: number): string {
  const digest = checkpointDigest(checkpoint)
  const signatures = office.keys.slice(0, count).map((key) => {
    const signer = createSigner(key)
    return { signer: addressToBytes(signer.address), signature: signer.sign(digest) }
  })
  return toBase64(encodeSignedCheckpoint({ checkpoint: encodeCheckpoint(checkpoint), signatures }))
}

/** `npm run watch`, as its own process. */
async function startWatch(peer: string): Promise<{ url: string; address: `0x${string}` }> {
  const key = generatePrivateKey()
  const { address } = privateKeyToAccount(key)
  await chain.testClient.setBalance({ address, value: 10n ** 18n })
  const port = await freePort()
  const flags = {
    'rpc-url': chain.rpcUrl,
    'note-tree': chain.tree,
    postage: chain.postage,
    'checkpoint-registry': chain.checkpointRegistry,
    network: 'pennypost-local',
    confirmations: '0',
    'poll-ms': '50',
    port: String(port),
    peers: peer,
    'reporter-key': key,
    'log-level': 'error',
  }
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  const child = spawn(process.execPath, ['service/prover/watch.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  running.push(() => {
    child.kill('SIGTERM')
    return ended
  })
  return { url: `http://127.0.0.1:${port}`, address }
}

const bondOf = async (signer: `0x${string}`) => {
  const call = { address: chain.checkpointRegistry, abi: checkpointRegistryAbi, functionName: 'bondOf' } as const
  return (await chain.publicClient.readContract({ ...call, args: [signer] })).amount
}

test('whoever signs something false loses its bond to a watcher that keeps nothing; who signs the truth does not', async () => {
  const options = {
    checkpointRegistry: chain.checkpointRegistry,
    isNewNetwork: 'on',
    network: 'pennypost-local',
  } as const
  const ports = [await freePort(), await freePort()]
  const provers = await Promise.all(
    ports.map((port, i) => {
      const peers = [`http://127.0.0.1:${ports[1 - i]}`]
      return startTestProver(chain, { ...options, signerKey: office.keys[i], port, peers })
    }),
  )
  for (const prover of provers) running.push(() => prover.close())
  const [honest] = provers
  await vi.waitFor(async () => expect(await honest?.client.latestCheckpoint()).toBeDefined(), patience)
  const [first] = (await honest!.client.checkpoints(0n)).map(({ checkpoint }) => decodeCheckpoint(checkpoint))
  served = [sign(first!, 2)]

  const watch = await startWatch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const disputes = async () => {
    const response = await fetch(`${watch.url}/v1/disputes`).catch(() => undefined)
    return response?.ok ? (await response.json()).disputes : undefined
  }
  await vi.waitFor(async () => expect(await disputes()).toEqual([]), patience)

  const trees = first!.trees.map(() => new Uint8Array(32).fill(9))
  const forged = {
    ...first!,
    trees,
    root: forestRootOf(trees),
    roots: [...first!.roots.slice(0, -1), forestRootOf(trees)],
  }
  proposed = sign(forged, 1)
  await vi.waitFor(async () => expect(await bondOf(office.signers[0]!)).toBe(0n), patience)
  const found = { sequence: '1', signers: [office.signers[0]], status: 'slashed' }
  await vi.waitFor(async () => expect(await disputes()).toMatchObject([found]), patience)
  expect(
    await chain.publicClient.readContract({
      address: chain.token,
      abi: [
        {
          type: 'function',
          name: 'balanceOf',
          stateMutability: 'view',
          inputs: [{ type: 'address' }],
          outputs: [{ type: 'uint256' }],
        },
      ],
      functionName: 'balanceOf',
      args: [watch.address],
    }),
  ).toBe(5_000n * 10n ** 18n)
  for (const signer of office.signers.slice(1)) expect(await bondOf(signer)).toBeGreaterThan(0n)
})
