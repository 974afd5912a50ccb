import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { type Address, parseAbi } from 'viem'
import { paymentsAbi, postageAbi, postageTokenAbi } from '../../sdk/generated/abis.ts'
import { dueTo, noticeOf, type StakeState, stakeOf } from '../../sdk/payments/index.ts'
import { addressOf } from './given.ts'
import { type Given, type Session, withSession } from './session.ts'
import { timeOf } from './show.ts'

const ownerAbi = parseAbi(['function owner() view returns (address)', 'function getMinDelay() view returns (uint256)'])

/** Prints what an account has, and what the contracts say. */
export async function status(
  given: Given & { readonly account: string | undefined },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  await withSession(hre, given, async (session) => {
    const account = given.account === undefined ? session.account : addressOf('--account', given.account)
    await printAccount(session, account)
    await printContracts(session)
  })
}

async function printAccount({ client, contracts, print, tokens }: Session, account: Address): Promise<void> {
  const { token, stakeRegistry: stakes, operatorPool, notice } = contracts
  const balance = await client.readContract({
    address: token,
    abi: postageTokenAbi,
    functionName: 'balanceOf',
    args: [account],
  })
  const due = await dueTo({ public: client, operatorPool, operator: account })
  const told = await noticeOf({ public: client, notice, recipient: account })
  print(`Account   ${account}`)
  print(`  holds   ${tokens(balance)}`)
  print(`  stake   ${describeStake(await stakeOf({ public: client, stakes, account }), tokens)}`)
  print(`  due     ${tokens(due)} for running a node`)
  print(
    `  notices ${told.isOptedOut ? 'wants none' : `${told.count}${told.count > 0 ? `, the last ${timeOf(told.lastAt)}` : ''}`}`,
  )
}

function describeStake(held: StakeState | undefined, tokens: Session['tokens']): string {
  if (!held) return 'none'
  const when = held.exitAt === 0n ? 'in force' : `can be withdrawn from ${timeOf(held.exitAt)}`
  return `${tokens(held.amount)} of class ${held.class}, ${held.isSlashed ? 'slashed, ' : ''}${when}`
}

async function printContracts({ client, contracts, chainId, print, tokens }: Session): Promise<void> {
  const { postage, payments, stakeRegistry, notice, timelock } = contracts
  const read = (address: Address) => client.readContract({ address, abi: postageAbi, functionName: 'paused' })
  const names = ['stamps', 'payments', 'stakes', 'notices']
  const paused = await Promise.all([postage, payments, stakeRegistry, notice].map(read))
  const price = await client.readContract({ address: postage, abi: postageAbi, functionName: 'costOf', args: [1n, 1n] })
  const { leastBase, mostBond, mostTip } = await client.readContract({
    address: payments,
    abi: paymentsAbi,
    functionName: 'floor',
  })
  const delay = await client.readContract({ address: timelock, abi: ownerAbi, functionName: 'getMinDelay' })
  const owner = await client.readContract({ address: postage, abi: ownerAbi, functionName: 'owner' })
  const stopped = names.filter((_, i) => paused[i])
  print(`Chain     ${chainId}, contracts since block ${contracts.deployedAtBlock}`)
  print(`  stamp   ${tokens(price)} of class 1`)
  print(`  payment base from ${tokens(leastBase)}, bond to ${tokens(mostBond)}, tip to ${tokens(mostTip)}`)
  print(`  paused  ${stopped.length === 0 ? 'nothing' : stopped.join(', ')}`)
  print(`  owner   ${owner === timelock ? `the timelock ${timelock}, ${Number(delay) / 3_600} hours` : owner}`)
}
