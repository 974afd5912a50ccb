import { createRequire } from 'node:module'
import type { EAS, SchemaEncoder, SchemaRegistry } from '@ethereum-attestation-service/eas-sdk'
import { type Address, type Hex, keccak256, stringToBytes } from 'viem'

// The stock client's ES module does not load under Node; its signer is one of ethers, which comes with it.
const require = createRequire(import.meta.url)
const stock = '@ethereum-attestation-service/eas-sdk'
const sdk: { EAS: typeof EAS; SchemaEncoder: typeof SchemaEncoder; SchemaRegistry: typeof SchemaRegistry } =
  require(stock)
const ethers: Ethers = createRequire(require.resolve(stock))('ethers')

type Signer = Parameters<EAS['connect']>[0]
type Provider = { destroy(): void }
type Ethers = {
  JsonRpcProvider: new (url: string, network: undefined, options: Record<string, unknown>) => Provider
  Wallet: new (privateKey: Hex, provider: Provider) => Signer
}
type Options = { rpcUrl: string; eas: Address; schemaRegistry: Address; schema: Hex }
export type Grant = { writer: Address; network?: string; expiresAt?: bigint; revocable?: boolean }

/** The stock client of the attestation service, for connections. */
export function openStockEas({ rpcUrl, eas, schemaRegistry, schema }: Options) {
  const provider = new ethers.JsonRpcProvider(rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 20 })
  const clientOf = (privateKey: Hex) => new sdk.EAS(eas, { signer: new ethers.Wallet(privateKey, provider) })
  const dataOf = ({ writer, network = 'pennypost-local', expiresAt = 0n, revocable = true }: Grant) => {
    const value = keccak256(stringToBytes(network))
    const data = new sdk.SchemaEncoder('bytes32 network').encodeData([{ name: 'network', value, type: 'bytes32' }])
    return { recipient: writer, expirationTime: expiresAt, revocable, data }
  }

  return {
    async attest(privateKey: Hex, grant: Grant) {
      return await (await clientOf(privateKey).attest({ schema, data: dataOf(grant) })).wait()
    },
    async attestMany(privateKey: Hex, grants: readonly Grant[]) {
      return await (await clientOf(privateKey).multiAttest([{ schema, data: grants.map(dataOf) }])).wait()
    },
    async revoke(privateKey: Hex, uid: string) {
      await (await clientOf(privateKey).revoke({ schema, data: { uid } })).wait()
    },
    /** The granter signs, somebody else sends and pays for gas. */
    async attestSigned(privateKey: Hex, grant: Grant, sender: Hex) {
      const signer = new ethers.Wallet(privateKey, provider)
      const client = clientOf(privateKey)
      const attester = (signer as unknown as { address: Address }).address
      const what = { refUID: `0x${'00'.repeat(32)}`, value: 0n, ...dataOf(grant) }
      const fields = { schema, ...what, deadline: 0n, nonce: await client.getNonce(attester) }
      const delegated = await client.getDelegated()
      const { signature } = await delegated.signDelegatedAttestation(
        fields,
        signer as unknown as Parameters<typeof delegated.signDelegatedAttestation>[1],
      )
      const request = { schema, data: what, signature, attester, deadline: 0n }
      return await (await clientOf(sender).attestByDelegation(request)).wait()
    },
    readAttestation: (uid: string) => new sdk.EAS(eas, { signer: provider as unknown as Signer }).getAttestation(uid),
    /** The record's fields in their order on the chain. */
    async readSchema() {
      const registry = new sdk.SchemaRegistry(schemaRegistry, { signer: provider as unknown as Signer })
      return Object.values(await registry.getSchema({ uid: schema }))
    },
    close: () => provider.destroy(),
  }
}
