import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import type { Address } from 'viem'
import type { Deployment } from '../../sdk/generated/deployments.ts'
import { definePennypost } from '../ignition/modules/pennypost.ts'
import { buildQuietly } from './build-quietly.ts'
import { withDefaultRule } from './default-rule.ts'
import { mendJournal } from './mend-journal.ts'
import type { ContractParameters } from './parameters.ts'
import { readDeployment, writeDeployment } from './record.ts'
import { writeVerification } from './verification.ts'

type Options = { readonly network: string; readonly parameters?: ContractParameters }

/** Where the contracts are, and how many transactions it took: none where all was in place. */
export type Outcome = { readonly deployment: Deployment; readonly transactions: number }

const localChainId = 31_337

/**
 * Deploys the contracts through a network of `hre`, resuming what its journal says was done before.
 *
 * The journal of a local chain that is gone is thrown away; on any other chain, contracts that the journal has and the
 * chain has not are an error.
 */
export async function deployThrough(
  hre: HardhatRuntimeEnvironment,
  { network, parameters = {} }: Options,
): Promise<Outcome> {
  await buildQuietly(hre)
  const connection = await hre.network.create(network)
  try {
    const client = await connection.viem.getPublicClient()
    const chainId = await client.getChainId()
    const folder = join(hre.config.paths.ignition, 'deployments', `chain-${chainId}`)
    await checkJournal(connection, folder, chainId)
    await mendJournal(client, folder)
    if (parameters.token) await requireCode(connection, parameters.token, 'The token')
    if (parameters.eas) await requireCode(connection, parameters.eas, 'The attestation service')

    const before = await countSent(connection)
    await deployModule(connection, withDefaultRule(parameters, chainId), chainId)
    const transactions = (await countSent(connection)) - before
    await writeVerification(folder)
    return { deployment: await writeDeployment(folder, chainId), transactions }
  } finally {
    await connection.close()
  }
}

type Connection = Awaited<ReturnType<HardhatRuntimeEnvironment['network']['create']>>

async function checkJournal(connection: Connection, folder: string, chainId: number): Promise<void> {
  const known = await readDeployment(folder)
  if (!known) return
  try {
    await requireCode(connection, known.postage, "The journal's Postage")
  } catch (error) {
    if (chainId !== localChainId) throw error
    await rm(folder, { recursive: true })
  }
}

async function requireCode(connection: Connection, address: Address, what: string): Promise<void> {
  const client = await connection.viem.getPublicClient()
  if (!(await client.getCode({ address }))) throw new ContractMissingError(what, address)
}

async function countSent(connection: Connection): Promise<number> {
  const client = await connection.viem.getPublicClient()
  const [wallet] = await connection.viem.getWalletClients()
  return wallet ? await client.getTransactionCount(wallet.account) : 0
}

async function deployModule(connection: Connection, parameters: ContractParameters, chainId: number): Promise<void> {
  const config = chainId === localChainId ? { requiredConfirmations: 1, blockPollingInterval: 50 } : {}
  const { proposers, cancellers, executors, operators, signers, threshold, issuers, ...values } = parameters
  const module = definePennypost({
    hasToken: values.token !== undefined,
    hasEas: values.eas !== undefined,
    roles: { ...(proposers && { proposers }), ...(cancellers && { cancellers }), ...(executors && { executors }) },
    founders: {
      ...(operators && { operators }),
      ...(signers && { signers }),
      ...(threshold && { threshold }),
      ...(issuers && { issuers }),
    },
  })
  await connection.ignition.deploy(module, { parameters: { Pennypost: { ...values } }, config })
}

/** An address that should have a contract has none: the wrong chain answers, or the address is wrong. */
export class ContractMissingError extends Error {
  constructor(what: string, address: Address) {
    super(`${what} should be at ${address}, but this chain has no contract there.`)
    this.name = 'ContractMissingError'
  }
}
