import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { formatEther, type Hex, parseEventLogs } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, encodeSignedCheckpoint } from '../../sdk/codec/index.ts'
import { addressToBytes, concatBytes, forestRootOf, fromHex, signDigest, toBase64 } from '../../sdk/crypto/index.ts'
import { checkpointRegistryAbi, postageTokenAbi } from '../../sdk/generated/abis.ts'
import { createProverClient } from '../../sdk/transport/index.ts'
import { checkpointDigest } from '../../sdk/verifier/index.ts'
import { startNode } from '../../service/node/index.ts'
import { startProver } from '../../service/prover/index.ts'
import { type Stage, short } from './cast.ts'
import type { LocalNetwork } from './network.ts'
import { tellFact, tellScene } from './page.ts'
import { until } from './until.ts'

/** Three signers leave bonds; one of them signs a false root: nobody follows it, and its bond is burned. */
export async function tellSigners({ network }: Pick<Stage, 'network'>): Promise<void> {
  tellScene('One of three signers signs a checkpoint with forged stamps')
  const bond = await takeOffice(network)
  tellFact('three signers', `each leaves a bond of ${formatEther(bond)} tokens; two signatures make a checkpoint`)
  const liar = await startLiar(there(network.signerKeys[2]))
  const running: { close(): Promise<unknown> }[] = [liar]
  try {
    const provers = await startProvers(network, liar.url)
    running.unshift(...provers)
    const urls = provers.map(({ url }) => url)
    const client = createProverClient({ url: there(urls[0]) })
    await until(async () => (await client.latestCheckpoint()) !== undefined)
    const node = await startFollower(network, [...urls, liar.url])
    running.unshift(node)
    await node.refresh()
    const truth = decodeCheckpoint(there(await client.latestCheckpoint()).checkpoint)
    tellFact('two provers', `sign number ${truth.sequence}, each after its own look at the chain, and the node follows`)
    await tellForgery(network, { liar, node, truth })
  } finally {
    for (const one of running) await one.close()
  }
}

type Forging = {
  readonly liar: Awaited<ReturnType<typeof startLiar>>
  readonly node: Awaited<ReturnType<typeof startNode>>
  readonly truth: Checkpoint
}

async function tellForgery(network: LocalNetwork, { liar, node, truth }: Forging): Promise<void> {
  const forged = liar.forge(truth)
  tellFact(
    'the third',
    `${short(liar.address)} signs another number ${forged.sequence}, whose tree has a stamp nobody paid for`,
  )
  await node.refresh()
  const { provers } = await (await fetch(`${node.metricsUrl}/healthz`)).json()
  const told = provers.find(({ url }: { url: string }) => url === liar.url)
  if (told?.ok !== false) throw new Error('The node was not shown the forged checkpoint, or took it.')
  tellFact('the node', `refuses it: ${told.error}`)
  const { publicClient } = network.connect(there(network.signerKeys[0]))
  const registry = { address: network.deployment.checkpointRegistry, abi: checkpointRegistryAbi } as const
  const bondOf = { ...registry, functionName: 'bondOf', args: [liar.address] } as const
  await until(async () => (await publicClient.readContract(bondOf)).amount === 0n)
  const logs = await publicClient.getContractEvents({
    ...registry,
    eventName: 'SignerSlashed',
    fromBlock: 0n,
    strict: true,
  })
  const { amount, reward, reporter } = there(logs.at(-1)).args
  tellFact(
    'the provers',
    `compare it with the chain, and one shows it to the registry: ${formatEther(amount)} tokens are lost`,
  )
  tellFact(
    'burned',
    `${formatEther(amount - reward)} tokens; ${formatEther(reward)} go to the reporter ${short(reporter)}`,
  )
}

/** Deposits the bonds of the announced signers, who then take office; answers what each left. */
async function takeOffice({ connect, deployment, signerKeys, funder }: LocalNetwork): Promise<bigint> {
  const registry = { address: deployment.checkpointRegistry, abi: checkpointRegistryAbi } as const
  const token = { address: deployment.token, abi: postageTokenAbi } as const
  const { publicClient, walletClient: purse } = connect(funder)
  const sent = async (hash: Promise<Hex>) => publicClient.waitForTransactionReceipt({ hash: await hash })
  const bond = await publicClient.readContract({ ...registry, functionName: 'bond' })
  for (const key of signerKeys) {
    const { account, walletClient } = connect(key)
    await sent(purse.writeContract({ ...token, functionName: 'transfer', args: [account.address, bond] }))
    await sent(walletClient.writeContract({ ...token, functionName: 'approve', args: [registry.address, bond] }))
    await sent(walletClient.writeContract({ ...registry, functionName: 'deposit' }))
  }
  const { logs } = await sent(purse.writeContract({ ...registry, functionName: 'rotate' }))
  there(parseEventLogs({ abi: checkpointRegistryAbi, eventName: 'SignersInForce', logs })[0])
  return bond
}

/** The two honest ones: each knows the other, and looks at what the third serves. */
async function startProvers({ rpcUrl, deployment, signerKeys, funder, name }: LocalNetwork, liar: string) {
  const ports = [await freePort(), await freePort()]
  const start = (port: number, i: number) =>
    startProver({
      rpcUrl,
      network: name,
      noteTree: deployment.tree,
      postage: [deployment.postage],
      checkpointRegistry: deployment.checkpointRegistry,
      isNewNetwork: 'on',
      fromBlock: deployment.deployedAtBlock,
      confirmations: 0,
      pollMs: 100,
      port,
      dataDir: undefined,
      signerKey: there(signerKeys[i]),
      reporterKey: i === 0 ? funder : undefined,
      peers: [liar, `http://127.0.0.1:${there(ports[1 - i])}`],
      logLevel: 'silent',
    })
  return await Promise.all(ports.map(start))
}

/** A node that follows them, told of all three. */
const startFollower = ({ deployment, signerKeys, connect, name }: LocalNetwork, provers: readonly string[]) =>
  startNode({
    network: name,
    chainId: hardhat.id,
    noteTree: deployment.tree,
    checkpointRegistry: deployment.checkpointRegistry,
    signers: signerKeys.map((key) => connect(key).account.address),
    threshold: 2,
    provers: [...provers],
    port: 0,
    dataDir: undefined,
    checkpointSeconds: 1,
    logLevel: 'silent',
  })

/** Signs what is not so, and serves it as a prover does. */
async function startLiar(key: Hex) {
  const { address } = privateKeyToAccount(key)
  let served: string | undefined
  const server = createServer(({ url = '' }, response) => {
    if (url.startsWith('/v1/checkpoints?')) return response.end(JSON.stringify({ checkpoints: served ? [served] : [] }))
    return response.writeHead(404).end('{}')
  })
  const url = await listen(server)
  return {
    url,
    address,
    /** A checkpoint of the same moment with a tree of its own making. */
    forge(truth: Checkpoint): Checkpoint {
      const trees = [new Uint8Array(32).fill(7), ...truth.trees.slice(1)]
      const root = forestRootOf(trees)
      const forged = {
        ...truth,
        trees,
        root,
        roots: [...truth.roots.slice(0, -1), ...truth.roots.slice(-1).map(() => root)],
      }
      const { bytes, recovery } = signDigest(checkpointDigest(forged), fromHex(key))
      const signature = concatBytes(bytes, Uint8Array.of(27 + recovery))
      const signatures = [{ signer: addressToBytes(address), signature }]
      served = toBase64(encodeSignedCheckpoint({ checkpoint: encodeCheckpoint(forged), signatures }))
      return forged
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  const { port } = new URL(await listen(probe))
  await new Promise((resolve) => probe.close(resolve))
  return Number(port)
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Something is missing that must be there.')
  return value
}
