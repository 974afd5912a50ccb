import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPublicClient, createWalletClient, type Hex, http, parseUnits } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import type { Chain } from '../../scripts/start/chain.ts'
import { type LocalNetwork, startNetwork } from '../../scripts/start/network.ts'
import { type ChainOptions, Client, type ClientOptions } from '../../sdk/index.ts'
import { type NodeConfig, startNode } from '../../service/node/index.ts'

/** A chain, a prover and a node for one test file, with everything they store in a folder that goes with them. */
export type TestNetwork = LocalNetwork & {
  readonly folder: string
  /** A client of a new account, or of the given key's. */
  client(options?: Partial<ClientOptions> & { key?: Hex }): Promise<Client>
  /** The options that every client of the network needs. */
  options(changes?: Partial<ClientOptions>): ClientOptions
  /** A key with gas and tokens, and what a client pays with. */
  purse(tokens?: number): Promise<{ key: Hex; chain: ChainOptions }>
}

/** The network's terms, and settings of its node that only tests change. */
type Changes = Pick<Parameters<typeof startNetwork>[0], 'floor' | 'defaultRule' | 'factRpcUrl' | 'app'> & {
  readonly requestBits?: number
  /** Whether the prover watches the node, and its checkpoints name it. */
  readonly isWatched?: boolean | undefined
  readonly node?: Partial<NodeConfig>
  /** How many notes one tree has room for. */
  readonly treeCapacity?: number | undefined
  /** Of the network's token, which then is an old one: without permits, and with a least base of a hundredth. */
  readonly decimals?: number | undefined
}

/** Bits of a request, where a test is not about them: at the default a sender works for ten seconds. */
const littleWork = 8

/** A device of its own, with a storage in memory: for stakes. */
export function deviceOf(index = 0, count = 1): Pick<ClientOptions, 'device' | 'storage'> {
  const saved = new Map<string, Uint8Array>()
  const storage = {
    get: async (key: string) => saved.get(key),
    set: async (key: string, value: Uint8Array) => void saved.set(key, value),
  }
  return { device: { index, count }, storage }
}

/** Another node of the same network, in the place of the first. */
function startOther({ name, prover, trust }: LocalNetwork, folder: string, config: Partial<NodeConfig>) {
  return startNode({
    port: 0,
    dataDir: join(folder, 'other-node'),
    network: name,
    chainId: Number(trust.chainId),
    noteTree: trust.noteTree,
    provers: [prover.url],
    signers: [prover.signer],
    checkpointSeconds: 1,
    logLevel: 'silent',
    ...config,
  })
}

/** How another token than the usual one comes to the chain. */
const tokenOf = (decimals: number | undefined) =>
  decimals === undefined ? undefined : (chain: Chain) => deployToken(chain, decimals)

async function deployToken({ rpcUrl, privateKeys }: Chain, decimals: number) {
  const artifact = await readFile('artifacts/contracts/mocks/SilentToken.sol/SilentToken.json', 'utf8')
  const { abi, bytecode } = JSON.parse(artifact)
  const account = privateKeyToAccount(privateKeys[0] as Hex)
  const edge = { chain: hardhat, transport: http(rpcUrl) } as const
  const args = [account.address, parseUnits('1000000', decimals), decimals]
  const hash = await createWalletClient({ ...edge, account }).deployContract({
    abi,
    bytecode,
    args,
  })
  const { contractAddress } = await createPublicClient({ ...edge, pollingInterval: 50 }).waitForTransactionReceipt({
    hash,
  })
  const leastBase = parseUnits('0.01', decimals)
  return { decimals, parameters: { token: contractAddress as Hex, disposal: 1, leastBase } }
}

/** Nothing waits: for tests of what is done, not of when. */
export const atOnce = { copySeconds: 0, joinSeconds: 0, answerSeconds: 0, prepareSeconds: 0, waitSeconds: 0 } as const

/** Starts a whole network on free ports. */
export async function startTestNetwork(changes: Changes = {}): Promise<TestNetwork> {
  const { requestBits = littleWork, isWatched, treeCapacity, decimals, node: nodeConfig, ...rules } = changes
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-network-'))
  const started = await startNetwork({
    folder,
    requestBits,
    isWatched,
    treeCapacity,
    token: tokenOf(decimals),
    ...rules,
  })
  const other = nodeConfig && (await startOther(started, folder, { requestBits, ...nodeConfig }))
  const network = other ? { ...started, node: other } : started
  const clients: Client[] = []
  const { token, postage, payments, stakeRegistry: stakes, notice, deployedAtBlock: fromBlock } = network.deployment
  const options = (more: Partial<ClientOptions> = {}): ClientOptions => ({
    node: network.node.url,
    prover: network.prover.url,
    network: network.trust,
    ...more,
  })
  return {
    ...network,
    folder,
    options,
    async client({ key = generatePrivateKey(), ...more } = {}) {
      const edges = more.fetch ? { anonymousFetch: more.fetch } : {} // what a test records, it records whole
      const given = options({ privacy: atOnce, ...edges, ...more })
      const client = await Client.create(network.connect(key).account, given)
      clients.push(client)
      return client
    },
    async purse(tokens = 100) {
      const key = generatePrivateKey()
      await network.fund(key, parseUnits(String(tokens), decimals ?? 18))
      const { publicClient, walletClient } = network.connect(key)
      return { key, chain: { publicClient, walletClient, token, postage, payments, stakes, notice, fromBlock } }
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()))
      await other?.close()
      await network.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
