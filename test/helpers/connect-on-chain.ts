import { parseAbi, toHex } from 'viem'
import { connectionResolverAbi } from '../../sdk/generated/abis.ts'
import type { TestChain } from './chain.ts'

const easAbi = parseAbi([
  'function attest((bytes32 schema, (address recipient, uint64 expirationTime, bool revocable, bytes32 refUID, bytes data, uint256 value) data) request) payable returns (bytes32)',
  'function revoke((bytes32 schema, (bytes32 uid, uint256 value) data) request) payable',
])

/** Connects a writer to whoever grants it, on the chain; answers how that is taken back. */
export async function connectOnChain(
  chain: Pick<TestChain, 'eas' | 'connectionResolver' | 'connectionSchema' | 'publicClient'>,
  granter: ReturnType<TestChain['walletAt']>,
  recipient: `0x${string}`,
) {
  const [eas, resolver] = [
    { address: chain.eas, abi: easAbi } as const,
    { address: chain.connectionResolver, abi: connectionResolverAbi } as const,
  ]
  const data = {
    recipient,
    expirationTime: 0n,
    revocable: true,
    refUID: toHex(0, { size: 32 }),
    data: await chain.publicClient.readContract({ ...resolver, functionName: 'networkId' }),
    value: 0n,
  }
  const { connectionSchema: schema } = chain
  await granter.writeContract({ ...eas, functionName: 'attest', args: [{ schema, data }] })
  const made = [granter.account.address, recipient] as const
  const { uid } = await chain.publicClient.readContract({ ...resolver, functionName: 'connectionOf', args: made })
  const revoke = () =>
    granter.writeContract({ ...eas, functionName: 'revoke', args: [{ schema, data: { uid, value: 0n } }] })
  return { uid, revoke }
}
