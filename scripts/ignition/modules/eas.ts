import { createRequire } from 'node:module'
import { type Address, encodePacked, type Hex, keccak256 } from 'viem'
import type { Builder } from './economy.ts'

const require = createRequire(import.meta.url)
const easContracts = '@ethereum-attestation-service/eas-contracts/artifacts/contracts'

/** As its makers compiled it: the code that is on public networks. */
const readArtifact = (name: string) => require(`${easContracts}/${name}.sol/${name}.json`)

/**
 * The Ethereum Attestation Service, deployed beside or, with parameter `eas`, as it is there already, and the resolver
 * of connections, which registers its schema.
 */
export function addEas(m: Builder, { networkId, isThere }: { networkId: Parameter; isThere: boolean }) {
  const { eas, schemaRegistry } = isThere ? findEas(m) : deployEas(m)
  const connectionResolver = m.contract('ConnectionResolver', [eas, networkId])
  return { eas, schemaRegistry, connectionResolver }
}

type Parameter = ReturnType<Builder['getParameter']>

function findEas(m: Builder) {
  const eas = m.contractAt('EAS', readArtifact('EAS'), m.getParameter<string>('eas'))
  const registryAddress = m.staticCall(eas, 'getSchemaRegistry')
  return { eas, schemaRegistry: m.contractAt('SchemaRegistry', readArtifact('SchemaRegistry'), registryAddress) }
}

function deployEas(m: Builder) {
  const schemaRegistry = m.contract('SchemaRegistry', readArtifact('SchemaRegistry'))
  return { schemaRegistry, eas: m.contract('EAS', readArtifact('EAS'), [schemaRegistry]) }
}

/** The identifier of the schema that a resolver of connections registers, as the registry computes it. */
export function connectionSchemaOf(resolver: Address): Hex {
  return keccak256(encodePacked(['string', 'address', 'bool'], ['bytes32 network', resolver, true]))
}
