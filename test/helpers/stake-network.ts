import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPublicClient, createTestClient, createWalletClient, type Hex, http, parseEther, zeroAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { deployPennypost } from '../../scripts/deploy-local.ts'
import { startChain } from '../../scripts/start/chain.ts'
import { addressToBytes, fromBytes, personHashOf, randomBytes, secretHashOf } from '../../sdk/crypto/index.ts'
import { createTicketProver, fullHour } from '../../sdk/evidence/index.ts'
import { postageTokenAbi } from '../../sdk/generated/abis.ts'
import { createNote, type HeldNote, type MerklePath, noteCommitment } from '../../sdk/notes/index.ts'
import { stake } from '../../sdk/payments/index.ts'
import { parseRule } from '../../sdk/policy/index.ts'
import { startNode } from '../../service/node/index.ts'
import { startProver } from '../../service/prover/index.ts'
import { laneFields, makeHolder, networkId } from './node.ts'

const network = 'pennypost-local'
const silent = { network, host: '127.0.0.1', port: 0, logLevel: 'silent' } as const

/** Stake class 1: three tickets in two hours; a root counts for longer than that. */
export const stakeTerms = { stakeLimit: 3, epochLength: 7_200, stakeRootWindow: 14_400 } as const

/** A chain, a node that asks for a stake, and a prover that watches it: one clock for all of them. */
export async function startStakeNetwork() {
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-stakes-'))
  const chain = await startChain()
  const keyAt = (index: number): Hex => chain.privateKeys[index] ?? '0x'
  const contracts = await deployPennypost({
    rpcUrl: chain.rpcUrl,
    privateKey: keyAt(0),
    folder,
    // A tree has room for two notes: the stakes of two accounts are in one that is full.
    parameters: { treeCapacity: 2, ...stakeTerms, stakeAmount: parseEther('100'), stakePenalty: parseEther('50') },
  })
  const transport = http(chain.rpcUrl)
  const publicClient = createPublicClient({ chain: hardhat, transport, pollingInterval: 20, cacheTime: 0 })
  const testClient = createTestClient({ mode: 'hardhat', chain: hardhat, transport })
  const walletAt = (index: number) =>
    createWalletClient({ chain: hardhat, transport, account: privateKeyToAccount(keyAt(index)) })

  let ahead = 0
  const clock = () => Date.now() / 1000 + ahead
  /** Lets time pass, on the chain and off it. */
  async function passTime(seconds: number): Promise<void> {
    ahead += seconds
    await testClient.increaseTime({ seconds })
    await testClient.mine({ blocks: 1 })
  }
  const { epochLength } = stakeTerms
  await passTime(epochLength - (Math.floor(clock()) % epochLength) + 60) // so that no epoch ends in the middle of a test
  // The node, which starts first, reads these lists each time it asks.
  const [provers, signers]: [string[], Hex[]] = [[], []]
  const defaultRule = parseRule('stake 1')
  const followed = { chainId: hardhat.id, noteTree: contracts.tree }
  const node = await startNode(
    { ...silent, ...followed, dataDir: undefined, checkpointSeconds: 1, defaultRule, provers, signers },
    { clock },
  )
  const prover = await startProver(
    {
      ...silent,
      rpcUrl: chain.rpcUrl,
      noteTree: contracts.tree,
      postage: [contracts.postage],
      stakes: [contracts.stakeRegistry],
      fromBlock: contracts.deployedAtBlock,
      nodes: [node],
      reporterKey: keyAt(1),
      pollMs: 50,
      confirmations: 0,
      rateLimits: 'off',
      dataDir: undefined,
    },
    { clock },
  )
  const trust = {
    networkId,
    chainId: BigInt(hardhat.id),
    noteTree: contracts.tree,
    registry: zeroAddress,
    signers: [prover.signer],
    threshold: 1,
  }
  provers.push(prover.url)
  signers.push(prover.signer)
  return {
    contracts,
    trust,
    node,
    prover,
    publicClient,
    walletAt,
    clock,
    passTime,
    async close() {
      await node.close()
      await prover.close()
      await chain.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export type StakeNetwork = Awaited<ReturnType<typeof startStakeNetwork>>

/** Stakes as one of the chain's accounts. */
export async function stakeAs({ contracts, publicClient, walletAt }: StakeNetwork, index: number) {
  const wallet = walletAt(index)
  const { token, stakeRegistry: stakes } = contracts
  const args = [wallet.account.address, parseEther('100')] as const
  await walletAt(0).writeContract({ address: token, abi: postageTokenAbi, functionName: 'transfer', args })
  const note = createNote(fromBytes(randomBytes(31)))
  const opening = {
    commitment: noteCommitment(note),
    secretHash: secretHashOf(note.secret),
    personHash: personHashOf(note.person),
  }
  const acting = { wallet, public: publicClient, stakes }
  const made = await stake({ ...acting, token, class: 1, opening })
  const held: HeldNote = {
    ...note,
    noteClass: { kind: 'stake', chainId: 31_337n, contract: addressToBytes(stakes), number: 1n },
    limit: made.limit,
    expiry: 2n ** 40n - 1n,
    epochLength: stakeTerms.epochLength,
  }
  return { ...made, acting, note: held, address: wallet.account.address }
}

/** Where a note is in a tree. */
export type Place = { readonly path: MerklePath; readonly root: bigint }

let holders = 0

/** A lane on a first-contact topic with ticket number `messageId`; by a prover of its own, which remembers no other use. */
export async function stakeLane(
  { clock }: StakeNetwork,
  { note, place, messageId, topic, recipient }: StakeLane,
): Promise<ReturnType<typeof laneFields> & { seed: Uint8Array }> {
  const now = Math.floor(clock())
  const { holder, seed } = makeHolder(++holders)
  const lane = laneFields(topic, holder, { expiresAt: BigInt(now + 600) })
  const prover = createTicketProver()
  const { use } = lane
  const ticket = await prover
    .prove({ ...place, note, messageId, networkId, use, toward: { recipient }, asOf: fullHour(now) })
    .finally(() => prover.close())
  return { ...lane, seed, evidence: [{ condition: 2, kind: { case: 'ticket', value: ticket } }] as never }
}

type StakeLane = {
  readonly note: HeldNote
  readonly place: Place
  readonly messageId: number
  readonly topic: string
  /** 20 bytes. */
  readonly recipient: Uint8Array
}
