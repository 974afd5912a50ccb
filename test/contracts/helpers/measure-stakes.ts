import { maxUint256 } from 'viem'
import { commitmentOf, personHashOf, secretHashOf } from '../../../sdk/crypto/signals.ts'
import { noteTreeAbi, postageTokenAbi, stakeRegistryAbi } from '../../../sdk/generated/abis.ts'
import { fieldElement, type GasChain, type GasTable } from './gas-chain.ts'

const one = 10n ** 18n
const terms = {
  amount: 100n * one,
  penalty: 50n * one,
  limit: 64,
  epochLength: 3_600,
  unitsPerTicket: 64,
  laneTtl: 86_400,
  rootWindow: 3_600,
}

/** Gas of staking, leaving and slashing; the reporter holds no tokens yet. */
export async function measureStakes({ viem, clock, client, addressOf, gasOf }: GasChain): Promise<GasTable> {
  const owner = addressOf(0)
  const { address: token } = await viem.deployContract('PostageToken', [owner, 10n ** 9n * one])
  const { address: tree } = await viem.deployContract('NoteTree', [owner, 2 ** 20])
  const { address: PoseidonT3 } = await viem.deployContract('PoseidonT3')
  const { address: PoseidonT4 } = await viem.deployContract('PoseidonT4')
  const { address: stakes } = await viem.deployContract('StakeRegistry', [owner, token, tree, 0, 10n * one], {
    libraries: { PoseidonT3, PoseidonT4 },
  })
  await gasOf(0, tree, noteTreeAbi, 'addInserter', [stakes, 2])
  await gasOf(0, stakes, stakeRegistryAbi, 'addClass', [terms])
  for (const staker of [1, 2]) {
    await gasOf(0, token, postageTokenAbi, 'transfer', [addressOf(staker), 1_000n * one])
    await gasOf(staker, token, postageTokenAbi, 'approve', [stakes, maxUint256])
  }

  const act = (from: number, name: string, args: readonly unknown[]) =>
    gasOf(from, stakes, stakeRegistryAbi, name, args)
  await act(1, 'stake', [1n, openingOf(1)])
  const stake = await act(2, 'stake', [1n, openingOf(2)])
  const report = await client.readContract({
    address: stakes,
    abi: stakeRegistryAbi,
    functionName: 'reportOf',
    args: [addressOf(3), addressOf(2), fieldElement(2)],
  })
  const commit = await act(3, 'commitSlash', [report])
  const slash = await act(3, 'slash', [addressOf(2), openingOf(2), fieldElement(2)])
  await clock.increaseTime({ seconds: 600 })
  const collect = await act(3, 'collectReward', [1n])
  const requestExit = await act(1, 'requestExit', [])
  await clock.increaseTime({ seconds: 7 * 86_400 })
  return {
    'StakeRegistry.stake, standing allowance': stake,
    'StakeRegistry.commitSlash and slash': commit + slash,
    'StakeRegistry.collectReward': collect,
    'StakeRegistry.requestExit': requestExit,
    'StakeRegistry.exit': await act(1, 'exit', []),
  }
}

function openingOf(seed: number) {
  const secretHash = secretHashOf(fieldElement(seed))
  const personHash = personHashOf(fieldElement(seed + 100))
  return { commitment: commitmentOf(secretHash, personHash), secretHash, personHash }
}
