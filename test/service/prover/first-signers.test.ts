import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { deployPennypost } from '../../../scripts/deploy-local.ts'
import { checkpointRegistryAbi } from '../../../sdk/generated/abis.ts'
import { completeConfig, startNode } from '../../../service/node/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { depositBond } from '../../helpers/office.ts'
import { freePort } from '../../helpers/postgres.ts'
import { network, startTestProver } from '../../helpers/prover.ts'

const patience = { timeout: 90_000, interval: 50 }

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain()
})
afterAll(() => chain?.close())

/** A network whose deployment names so many signers and nothing else; each leaves its bond, and a stranger lets them take office. */
async function deployWith(count: number) {
  const keys = Array.from({ length: count }, () => generatePrivateKey())
  const signers = keys.map((key) => privateKeyToAccount(key).address)
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-signers-'))
  const account = chain.walletAt(0)
  const deployment = await deployPennypost({
    rpcUrl: chain.rpcUrl,
    privateKey: chain.privateKey,
    folder,
    parameters: { signers },
  })
  await rm(folder, { recursive: true })
  const deployed = { ...chain, ...deployment }
  for (const key of keys) await depositBond(deployed, key)
  await account.writeContract({
    address: deployment.checkpointRegistry,
    abi: checkpointRegistryAbi,
    functionName: 'rotate',
  })
  return { deployed, keys, signers }
}

test.each([
  [1, 1],
  [2, 2],
  [3, 2],
  [5, 3],
])('a deployment for %i signers works while %i of them do, and not with fewer', async (count, needed) => {
  const { deployed, keys, signers } = await deployWith(count)
  const { checkpointRegistry } = deployed
  const ports = await Promise.all(Array.from({ length: needed }, () => freePort()))
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const start = (i: number) =>
    startTestProver(deployed, {
      checkpointRegistry,
      isNewNetwork: 'on',
      signerKey: keys[i],
      port: ports[i] as number,
      metricsPort: 0,
      peers: urls.filter((_, j) => j !== i),
    })
  const provers = await Promise.all(ports.slice(1).map((_, i) => start(i + 1)))
  const node = await startNode(
    completeConfig({
      port: 0,
      logLevel: 'silent',
      dataDir: undefined,
      network,
      chainId: 31_337,
      noteTree: deployed.tree,
      checkpointRegistry,
      signers,
      threshold: needed,
      provers: urls.slice(-1),
    }),
  )
  const followed = async () => {
    await node.refresh()
    return (await (await fetch(`${node.url}/healthz`)).json()).checkpoint?.sequence
  }
  try {
    for (const prover of provers) {
      const offered = () => fetch(`${prover.url}/v1/checkpoints/proposed`).then(({ status }) => status)
      await vi.waitFor(async () => expect(await offered()).toBe(200), patience)
    }
    expect(await followed()).toBeUndefined()
    provers.push(await start(0))
    await vi.waitFor(async () => expect(await followed()).toBe('1'), patience)
  } finally {
    await node.close()
    for (const prover of provers) await prover.close()
  }
})
