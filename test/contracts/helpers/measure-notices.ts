import { maxUint256 } from 'viem'
import { noticeAbi, postageTokenAbi } from '../../../sdk/generated/abis.ts'
import type { GasChain, GasTable } from './gas-chain.ts'

/** Gas of telling an address that never had anything, and again. */
export async function measureNotices({ viem, addressOf, gasOf }: GasChain): Promise<GasTable> {
  const { address: token } = await viem.deployContract('PostageToken', [addressOf(0), 10n ** 20n])
  const { address: notice } = await viem.deployContract('Notice', [addressOf(0), token, 0, 10n ** 18n])
  await gasOf(0, token, postageTokenAbi, 'approve', [notice, maxUint256])
  const tell = (recipient: number) => gasOf(0, notice, noticeAbi, 'notify', [addressOf(recipient)])
  return { 'Notice.notify, first': await tell(5), 'Notice.notify, again': await tell(5) }
}
