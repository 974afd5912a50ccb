import { createRequire } from 'node:module'
import { type Abi, type Address, encodePacked, type Hex, keccak256, parseEventLogs, zeroAddress, zeroHash } from 'viem'
import { connectionResolverAbi } from '../../../sdk/generated/abis.ts'
import { type GasChain, type GasTable, startTime } from './gas-chain.ts'

const require = createRequire(import.meta.url)
const easContracts = '@ethereum-attestation-service/eas-contracts/artifacts/contracts'
const readArtifact = (name: string): { abi: Abi; bytecode: Hex } => require(`${easContracts}/${name}.sol/${name}.json`)

/** What attestations use, and connections made of them. */
export async function measureConnections(chain: GasChain): Promise<GasTable> {
  const { viem, addressOf, gasOf, client, clock } = chain
  const [registryAbi, easAbi] = [readArtifact('SchemaRegistry').abi, readArtifact('EAS').abi]
  const registry = await deploy(chain, 'SchemaRegistry', [])
  const eas = await deploy(chain, 'EAS', [registry])
  const resolver = await viem.deployContract('ConnectionResolver', [eas, network])
  const schema = await client.readContract({
    address: resolver.address,
    abi: connectionResolverAbi,
    functionName: 'schema',
  })

  await gasOf(0, registry, registryAbi, 'register', ['bytes32 network', zeroAddress, true])
  const plain = keccak256(encodePacked(['string', 'address', 'bool'], ['bytes32 network', zeroAddress, true]))
  const attest = (of: Hex, writer: Address) => gasOf(0, eas, easAbi, 'attest', [{ schema: of, data: grant(writer) }])
  const anchor = await attest(plain, addressOf(1))
  // The attestation's identifier, which a revocation carries, has the second in it.
  await clock.setNextBlockTimestamp({ timestamp: startTime + 1_000_000_000n })
  const first = await attest(schema, addressOf(2)) // its contract counts from here
  const connect = await attest(schema, addressOf(1))
  const connected = parseEventLogs({
    abi: connectionResolverAbi,
    eventName: 'Connected',
    logs: await client.getLogs({ address: resolver.address, fromBlock: 0n }),
  })
  const uid = connected.at(-1)?.args.uid ?? zeroHash
  return {
    'EAS.attest, without a resolver': anchor,
    'EAS.attest, the very first connection': first,
    'EAS.attest, a connection': connect,
    'EAS.revoke, a connection': await gasOf(0, eas, easAbi, 'revoke', [{ schema, data: { uid, value: 0n } }]),
  }
}

const network = keccak256('0x01')

const grant = (recipient: Address) => ({
  recipient,
  expirationTime: 0n,
  revocable: true,
  refUID: zeroHash,
  data: network,
  value: 0n,
})

async function deploy({ wallet, client }: GasChain, name: string, args: readonly unknown[]): Promise<Address> {
  const hash = await wallet(0).deployContract({ ...readArtifact(name), args } as Parameters<
    ReturnType<GasChain['wallet']>['deployContract']
  >[0])
  return (await client.getTransactionReceipt({ hash })).contractAddress ?? zeroAddress
}
