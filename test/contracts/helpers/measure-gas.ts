import hre from 'hardhat'
import { type Address, maxUint256, parseAbi } from 'viem'
import { noteTreeAbi, postageAbi, postageTokenAbi } from '../../../sdk/generated/abis.ts'
import { fieldElement, type GasChain, type GasTable, openGasChain } from './gas-chain.ts'
import { measureCheckpoints } from './measure-checkpoints.ts'
import { measureConnections } from './measure-connections.ts'
import { measureNotices } from './measure-notices.ts'
import { measurePayments } from './measure-payments.ts'
import { measureStakes } from './measure-stakes.ts'
import { signPermit } from './sign-permit.ts'

const semaphoreAbi = parseAbi(['function createGroup()', 'function addMember(uint256 groupId, uint256 commitment)'])
const unlimited = maxUint256
const price = 10n ** 18n
const terms = { price, unitsPerTicket: 64, laneTtl: 86_400, rootWindow: 3_600, noteTtl: 365 * 86_400 }

/** Sends the acts that the gas table is about, on a fresh chain in this process; the receipts' gas. */
export async function measureGas(): Promise<GasTable> {
  await hre.tasks.getTask('build').run({ quiet: true, noTests: true })
  const chain = await openGasChain()
  try {
    const anchors = { ...(await measureTransfers(chain)), ...(await measureSemaphore(chain)) }
    const payments = { ...(await measurePurchases(chain)), ...(await measurePayments(chain)) }
    const disputes = { ...(await measureStakes(chain)), ...(await measureCheckpoints(chain)) }
    const others = { ...(await measureNotices(chain)), ...(await measureConnections(chain)) }
    return { ...anchors, ...payments, ...disputes, ...others }
  } finally {
    await chain.close()
  }
}

async function measureTransfers({ viem, wallet, gasOf }: GasChain): Promise<GasTable> {
  const [holder, spender, recipient] = [0, 1, 2].map((i) => wallet(i).account.address)
  const { address: token } = await viem.deployContract('PostageToken', [holder, 1000n * price])
  const transfer = () => gasOf(1, token, postageTokenAbi, 'transferFrom', [holder, recipient, price])
  await gasOf(0, token, postageTokenAbi, 'approve', [spender, unlimited])
  await transfer() // the recipient's balance is no longer zero
  return { 'OpenZeppelin transferFrom, standing allowance': await transfer() }
}

async function measureSemaphore({ viem, gasOf }: GasChain): Promise<GasTable> {
  const { address: library } = await viem.deployContract('PoseidonT3')
  const { address } = await viem.deployContract('Semaphore', [`0x${'00'.repeat(20)}`], {
    libraries: { PoseidonT3: library },
  })
  await gasOf(0, address, semaphoreAbi, 'createGroup', [])

  const costs: number[] = []
  for (let member = 0; member < 65; member++) {
    costs.push(await gasOf(0, address, semaphoreAbi, 'addMember', [0n, fieldElement(member)]))
  }
  return {
    'Semaphore addMember, mean of the first 65': Math.round(costs.reduce((sum, cost) => sum + cost, 0) / costs.length),
    'Semaphore addMember, the 65th': costs.at(-1)!,
  }
}

async function measurePurchases(chain: GasChain): Promise<GasTable> {
  const { viem, wallet, gasOf, client } = chain
  const [owner, second, third] = [0, 1, 2].map((i) => wallet(i).account.address) as [Address, Address, Address]
  const { address: token } = await viem.deployContract('PostageToken', [owner, 10_000n * price])
  const { address: tree } = await viem.deployContract('NoteTree', [owner, 2 ** 20])
  const { address: postage } = await viem.deployContract('Postage', [owner, token, tree, 0])
  await gasOf(0, tree, noteTreeAbi, 'addInserter', [postage, 1])
  await gasOf(0, postage, postageAbi, 'addClass', [terms])
  for (const buyer of [second, third]) await gasOf(0, token, postageTokenAbi, 'transfer', [buyer, 1000n * price])
  await gasOf(0, token, postageTokenAbi, 'approve', [postage, unlimited])
  await gasOf(1, token, postageTokenAbi, 'approve', [postage, unlimited])

  const buy = (from: number, commitment: number) =>
    gasOf(from, postage, postageAbi, 'buy', [1n, fieldElement(commitment), 20n])
  const table = {
    'Postage.buy, the very first': await buy(0, 1),
    'Postage.buy, another buyer, standing allowance': await buy(1, 2),
    'Postage.buy, again': await buy(1, 3),
  }

  const permit = await signPermit({ client, wallet: wallet(2), token, spender: postage, value: 20n * price })
  const args = [1n, fieldElement(4), 20n, permit]
  return { ...table, 'Postage.buyWithPermit': await gasOf(2, postage, postageAbi, 'buyWithPermit', args) }
}
