import { join } from 'node:path'
import {
  createPublicClient,
  createTestClient,
  createWalletClient,
  type Hex,
  http,
  parseEther,
  publicActions,
  zeroAddress,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { postageTokenAbi } from '../../sdk/generated/abis.ts'
import type { Address, ChainOptions } from '../../sdk/index.ts'
import { parseRule, usualDecimals } from '../../sdk/policy/index.ts'
import { createProverClient } from '../../sdk/transport/index.ts'
import { type NodeEdges, startNode } from '../../service/node/index.ts'
import { type ProverConfig, startProver } from '../../service/prover/index.ts'
import { deployPennypost } from '../deploy-local.ts'
import type { ContractParameters } from '../deployment/parameters.ts'
import { type Chain, startChain } from './chain.ts'

/** Everything that runs, with what a client needs to know of it. */
export type LocalNetwork = Awaited<ReturnType<typeof startNetwork>>

/** A token, its decimals, and what a deployment with it is told. */
type OtherToken = { readonly decimals: number; readonly parameters: ContractParameters }

type Options = {
  /** Where chain journal, node and prover keep what they store. */
  readonly folder: string
  /** Ports to listen on; free ones by default. */
  readonly ports?: { readonly chain: number; readonly node: number; readonly prover: number }
  /** What the node serves to browsers, and tells them besides. */
  readonly app?: NodeEdges['app'] | undefined
  /** What every sender must meet; `everyone` by default. */
  readonly floor?: string | undefined
  /** What recipients ask who have published no rule; the default of networks unless given. */
  readonly defaultRule?: string | undefined
  /** Other chains that facts are attested of; the network's own always is. */
  readonly factRpcUrl?: ProverConfig['factRpcUrl']
  /** Work of a request; the default of networks unless given. */
  readonly requestBits?: number | undefined
  /** Lists the node in the checkpoints, and has the prover watch it for cheaters and slash them; not by default. */
  readonly isWatched?: boolean | undefined
  /** How many notes one tree has room for; as many as it can unless given. */
  readonly treeCapacity?: number | undefined
  /** Brings another token to the chain than the one that is deployed for development. */
  readonly token?: ((chain: Chain) => Promise<OtherToken>) | undefined
  /** Told what has started. */
  readonly onStep?: (text: string) => void
}

const networkName = 'pennypost-local'

/** Stakes that a story can use up. */
const smallStakes = { stakeAmount: parseEther('100'), stakePenalty: parseEther('50'), stakeLimit: 3 }

/** Starts a chain, deploys the contracts, and starts a prover and a node on loopback, with embedded stores on disk. */
export async function startNetwork(options: Options) {
  const { folder, ports, floor = 'everyone', requestBits, isWatched, treeCapacity, token, onStep = () => {} } = options
  const { defaultRule, factRpcUrl = [], app } = options
  const chain = await startChain({ port: ports?.chain ?? 0 })
  const [deployer = '0x', reporterKey = '0x'] = chain.privateKeys
  const signerKeys = chain.privateKeys.slice(5, 8)
  onStep(`chain     ${chain.rpcUrl}`)
  const { decimals, parameters } = (await token?.(chain)) ?? { decimals: usualDecimals, parameters: {} }
  const deployment = await deployPennypost({
    rpcUrl: chain.rpcUrl,
    privateKey: deployer,
    folder: join(folder, 'ignition'),
    parameters: {
      ...smallStakes,
      ...(treeCapacity !== undefined && { treeCapacity }),
      ...(isWatched && { signers: signerKeys.map((key) => privateKeyToAccount(key).address) }),
      ...parameters,
    },
  })
  onStep(`contracts postage ${deployment.postage}, note tree ${deployment.tree}, token ${deployment.token},`)
  onStep(`          payments ${deployment.payments}, stakes ${deployment.stakeRegistry}`)

  const services = { host: '127.0.0.1', network: networkName, noteTree: deployment.tree, logLevel: 'silent' } as const
  // Each of the two wants to know the other: the node, which starts first, reads these lists each time it asks.
  const [provers, signers]: [string[], Address[]] = [[], []]
  const node = await startNode(
    {
      ...services,
      port: ports?.node ?? 0,
      dataDir: join(folder, 'node'),
      decimals,
      floor: parseRule(floor, { decimals }),
      ...(defaultRule !== undefined && { defaultRule: parseRule(defaultRule, { decimals }) }),
      ...(requestBits !== undefined && { requestBits }),
      chainId: hardhat.id,
      provers,
      signers,
      checkpointSeconds: 1,
    },
    { app },
  )
  const prover = await startProver({
    ...services,
    port: ports?.prover ?? 0,
    dataDir: join(folder, 'prover'),
    rpcUrl: chain.rpcUrl,
    postage: [deployment.postage],
    stakes: [deployment.stakeRegistry],
    payments: [deployment.payments],
    connections: [deployment.connectionResolver],
    eas: deployment.eas,
    factRpcUrl,
    fromBlock: deployment.deployedAtBlock,
    pollMs: 250,
    confirmations: 0, // a local chain takes nothing back
    nodes: isWatched ? [node] : [],
    reporterKey: isWatched ? reporterKey : undefined,
  })
  provers.push(prover.url)
  signers.push(prover.signer)
  await firstCheckpoint(prover.url)
  await node.refresh()
  onStep(`prover    ${prover.url}, signs as ${prover.signer}`)
  onStep(`node      ${node.url}, API at ${node.url}/docs`)

  const give = giver(chain.rpcUrl, deployment.token)
  return {
    name: networkName,
    rpcUrl: chain.rpcUrl,
    deployment,
    prover,
    node,
    /** Whose checkpoints a client believes. */
    trust: {
      name: networkName,
      chainId: BigInt(hardhat.id),
      noteTree: deployment.tree,
      registry: zeroAddress,
      signers: [prover.signer],
      threshold: 1,
      decimals,
      floor,
      defaultRule,
      requestBits,
    },
    /** Clients of the chain for one account. */
    connect: (privateKey: Hex) => connect(chain.rpcUrl, privateKey),
    /** What a client of ours needs to act on the chain for one account. */
    chainOptions: (privateKey: Hex): ChainOptions => {
      const { publicClient, walletClient } = connect(chain.rpcUrl, privateKey)
      const { token, postage, payments, stakeRegistry: stakes, notice, deployedAtBlock: fromBlock } = deployment
      return { publicClient, walletClient, token, postage, payments, stakes, notice, fromBlock }
    },
    /** A fresh purse: ether for gas and some tokens, from the deployer. */
    fund: (privateKey: Hex, tokens: bigint) => give(deployer, privateKeyToAccount(privateKey).address, tokens),
    /** One ether and some tokens, from a key to an address. */
    give,
    /** What is done after some seconds, on the chain and nowhere else. Then it is now again, and nothing was done. */
    later: <T>(seconds: number, act: () => Promise<T>) => later({ rpcUrl: chain.rpcUrl, seconds }, act),
    /** Keys of those who are announced as signers of checkpoints, if the network is watched; they have ether. */
    signerKeys,
    /** Has ether, of which nothing else is spent: for whoever hands out some. */
    faucetKey: chain.privateKeys.at(-1) as Hex,
    /** Has ether, and the tokens that nobody else has. */
    funder: deployer,
    async close() {
      await node.close()
      await prover.close()
      await chain.close()
    },
  }
}

function connect(rpcUrl: string, privateKey: Hex) {
  const transport = http(rpcUrl)
  const account = privateKeyToAccount(privateKey)
  return {
    account,
    publicClient: createPublicClient({ chain: hardhat, transport, pollingInterval: 50, cacheTime: 0 }),
    walletClient: createWalletClient({ chain: hardhat, transport, account }),
  }
}

/** Sends from keys of a chain to addresses: one ether, and tokens. */
const giver =
  (rpcUrl: string, token: Hex) =>
  async (from: Hex, to: Address, tokens: bigint): Promise<void> => {
    const { walletClient, publicClient } = connect(rpcUrl, from)
    await publicClient.waitForTransactionReceipt({
      hash: await walletClient.sendTransaction({ to, value: parseEther('1') }),
    })
    const transfer = { address: token, abi: postageTokenAbi, functionName: 'transfer', args: [to, tokens] } as const
    await publicClient.waitForTransactionReceipt({ hash: await walletClient.writeContract(transfer) })
  }

/** Resolves when the prover has signed something: from then on the node knows what stamps cost. */
async function firstCheckpoint(url: string): Promise<void> {
  const prover = createProverClient({ url })
  while (!(await prover.latestCheckpoint())) await new Promise((resolve) => setTimeout(resolve, 50))
}

type Later = { readonly rpcUrl: string; readonly seconds: number }

/** Blocks are mined in place of those that are taken back, so that whoever follows the chain never sees it shrink. */
async function later<T>({ rpcUrl, seconds }: Later, act: () => Promise<T>): Promise<T> {
  const chain = createTestClient({ chain: hardhat, mode: 'hardhat', transport: http(rpcUrl) }).extend(publicActions)
  const id = await chain.snapshot()
  await chain.increaseTime({ seconds })
  await chain.mine({ blocks: 1 })
  const done = await act()
  const height = await chain.getBlockNumber({ cacheTime: 0 })
  await chain.revert({ id })
  await chain.mine({ blocks: Number(height - (await chain.getBlockNumber({ cacheTime: 0 }))) })
  return done
}
