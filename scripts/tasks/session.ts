import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HardhatPluginError } from 'hardhat/plugins'
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { type Address, getAddress, type PublicClient } from 'viem'
import { postageTokenAbi } from '../../sdk/generated/abis.ts'
import type { Deployment } from '../../sdk/generated/deployments.ts'
import { decodeError, PaymentError } from '../../sdk/payments/index.ts'
import { formatAmount } from '../../sdk/policy/index.ts'
import { describeCause } from '../../service/cli/describe-cause.ts'
import { parseDeployment, readDeployment } from '../deployment/record.ts'

/** What every act is told. */
export type Given = { readonly from: number; readonly deployment: string | undefined }

/** A chain with the contracts on it, and the account that acts there. */
export type Session = Awaited<ReturnType<typeof openSession>>

/** Connects to the network that Hardhat was told, does something there, and disconnects. Errors come out in words. */
export async function withSession<T>(
  hre: HardhatRuntimeEnvironment,
  given: Given,
  run: (session: Session) => Promise<T>,
): Promise<T> {
  const connection = await hre.network.create()
  try {
    const session = await openSession(hre, connection, given)
    return await run(session).catch((error: unknown) => {
      throw inWords(error, session)
    })
  } finally {
    await connection.close()
  }
}

type Connection = Awaited<ReturnType<HardhatRuntimeEnvironment['network']['create']>>

async function openSession(hre: HardhatRuntimeEnvironment, { viem, networkName }: Connection, given: Given) {
  const client = await viem.getPublicClient()
  const chainId = await client.getChainId()
  const contracts = await findDeployment(hre, chainId, given.deployment)
  const wallet = (await viem.getWalletClients())[given.from]
  if (!wallet) throw new TaskError(`The network has no account ${given.from}.`)
  const symbol = await readSymbol(client, contracts.token)
  const decimals = await readDecimals(client, contracts.token)
  return {
    chainId,
    networkName,
    client,
    contracts,
    wallet,
    account: getAddress(wallet.account.address),
    /** Of the token, by its own word. */
    decimals,
    /** An amount as people write it. */
    tokens: (amount: bigint) => `${formatAmount(amount, { decimals })} ${symbol}`,
    print: (line: string) => console.log(line),
  }
}

/** Old tokens have no name. */
const readSymbol = (client: Pick<PublicClient, 'readContract'>, address: Address): Promise<string> =>
  client.readContract({ address, abi: postageTokenAbi, functionName: 'symbol' }).catch(() => 'tokens')

/** Where a token does not say it, an amount could be anything. */
const readDecimals = (client: Pick<PublicClient, 'readContract'>, address: Address): Promise<number> =>
  client.readContract({ address, abi: postageTokenAbi, functionName: 'decimals' }).catch((cause: unknown) => {
    throw new TaskError(`The token ${address} does not say its decimals.`, cause as Error)
  })

async function findDeployment(
  hre: HardhatRuntimeEnvironment,
  chainId: number,
  path: string | undefined,
): Promise<Deployment> {
  const folder = join(hre.config.paths.ignition, 'deployments', `chain-${chainId}`)
  const found = path === undefined ? await readDeployment(folder) : parseDeployment(await readFile(path, 'utf8'))
  if (!found) {
    throw new TaskError(`Chain ${chainId} has no deployment here: deploy with "npm run deploy", or give --deployment.`)
  }
  if (found.chainId === chainId) return found
  throw new TaskError(`The deployment is on chain ${found.chainId}, and the network is chain ${chainId}.`)
}

function inWords(error: unknown, { tokens }: Pick<Session, 'tokens'>): unknown {
  const decoded = decodeError(error)
  if (!(decoded instanceof PaymentError)) return decoded
  const { code, message, values } = decoded
  const [cost, most] = values
  if (code === 'postage.price-too-high' && typeof cost === 'bigint' && typeof most === 'bigint') {
    return new TaskError(`It takes ${tokens(cost)}, more than ${tokens(most)}. (${code})`, decoded)
  }
  const said = describeCause(decoded)
  return new TaskError(`${message} (${code}${said ? `: ${said}` : ''})`, decoded)
}

/** An act that was not done, in words; Hardhat prints it without a stack. */
export class TaskError extends HardhatPluginError {
  constructor(message: string, cause?: Error) {
    super('pennypost', message, cause)
    this.name = 'TaskError'
  }
}
