import type { Address } from '@pennypost/sdk/crypto'
import { checkpointRegistryAbi } from '@pennypost/sdk/notes'
import type { FastifyBaseLogger } from 'fastify'
import { createPublicClient, type Transport } from 'viem'
import type { ProverConfig } from './config.ts'

type Told = {
  readonly config: Pick<ProverConfig, 'checkpointRegistry' | 'signers' | 'signing'>
  readonly signer: Address
  readonly transport: Transport
}

/** Says in a sentence that this prover's key signs nothing, where others are in office; it may be announced, so this is no mistake yet. */
export async function tellSigner(log: Pick<FastifyBaseLogger, 'warn'>, told: Told): Promise<void> {
  const { config, signer, transport } = told
  const { checkpointRegistry, signing } = config
  if (signing === 'off') return
  const client = createPublicClient({ transport, cacheTime: 0 })
  const registry = checkpointRegistry && { address: checkpointRegistry, abi: checkpointRegistryAbi }
  const inOffice = registry
    ? await client.readContract({ ...registry, functionName: 'signers' }).catch(() => undefined) // the follower says why
    : config.signers
  if (!inOffice || inOffice.includes(signer) || (!registry && inOffice.length === 0)) return
  const where = checkpointRegistry ? `in office at ${checkpointRegistry}` : 'among PENNYPOST_SIGNERS'
  log.warn({ signer, inOffice }, `The key of this prover, ${signer}, is not ${where}: it signs nothing until it is.`)
}
