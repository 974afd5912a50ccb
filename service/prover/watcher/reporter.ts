import { orAborted } from '@pennypost/sdk/async'
import { type Address, checksumAddress } from '@pennypost/sdk/crypto'
import { stakeRegistryAbi } from '@pennypost/sdk/notes'
import { BaseError } from '@pennypost/sdk/verifier'
import {
  BaseError as ChainError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  type Hex,
  http,
  type PublicClient,
} from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import type { Staked } from '../store/index.ts'

/** A stake that is to be slashed: by its secret, or because what it declared is false. */
export type Target = { readonly stake: Staked; readonly secret: bigint | undefined }

/** How far a target is: a report of it is committed, it is slashed, or there is nothing to slash any more. */
export type Outcome = 'found' | 'committed' | 'slashed' | 'gone'

/** Slashes on the chain. What was done before, by whomever, is read from the chain, so that it can die at any moment. */
export type Reporter = {
  /** Undefined if it only looks. */
  readonly address: Address | undefined
  /** Does the next step that a target needs. */
  act(target: Target): Promise<Outcome>
}

type Options = {
  readonly rpcUrl: string
  /** Pays for the transactions, and gets the reward; without one nothing is sent. */
  readonly key: Hex | undefined
  /** Ends all waiting. */
  readonly signal: AbortSignal
}

const receiptTimeout = 60_000

/** A reporter of one chain. */
export function createReporter(options: Options): Reporter {
  const client = createPublicClient({ transport: transportOf(options), cacheTime: 0, pollingInterval: 500 })
  const account = options.key && privateKeyToAccount(options.key)
  const send = createSender(client, account, options)

  async function stateOf({ stake }: Target): Promise<Outcome> {
    const contract = { address: stake.contract, abi: stakeRegistryAbi } as const
    const args = [stake.staker] as const
    const now = await client.readContract({ ...contract, functionName: 'stakeOf', args }).catch((error) => {
      throw translate(error, account?.address)
    })
    if (now.class === 0n || Number(now.leafIndex) !== stake.leafIndex) return 'gone'
    return now.isSlashed ? 'slashed' : 'found'
  }

  /** Shows the secret, or commits to showing it a block later. */
  async function reveal(target: Target, secret: bigint, reporter: Address): Promise<Outcome> {
    const { stake } = target
    const slashed = await send(stake, { functionName: 'slash', args: [stake.staker, openingOf(stake), secret] })
    if (slashed === 'done') return 'slashed'
    if (slashed !== 'StakeRegistryReportNotReady') return stateOf(target)
    const contract = { address: stake.contract, abi: stakeRegistryAbi } as const
    const args = [reporter, stake.staker, secret] as const
    const report = await client.readContract({ ...contract, functionName: 'reportOf', args })
    await send(stake, { functionName: 'commitSlash', args: [report] })
    return 'committed'
  }

  async function step(target: Target): Promise<Outcome> {
    const state = await stateOf(target)
    if (state !== 'found' || !account) return state
    const { stake, secret } = target
    if (secret !== undefined) return reveal(target, secret, account.address)
    const done = await send(stake, { functionName: 'slashFalseOpening', args: [stake.staker, openingOf(stake)] })
    return done === 'done' ? 'slashed' : stateOf(target)
  }

  return {
    address: account && checksumAddress(account.address),
    act: (target) => orAborted(step(target), options.signal),
  }
}

const transportOf = ({ rpcUrl }: Options) => http(rpcUrl, { retryCount: 1, timeout: 15_000 })

/** Sends a call that would succeed in the next block; otherwise answers the contract's reason. */
function createSender(client: PublicClient, account: PrivateKeyAccount | undefined, options: Options) {
  const wallet = account && createWalletClient({ account, transport: transportOf(options) })
  return async (stake: Staked, call: Call): Promise<string> => {
    if (!account || !wallet) return 'nobody'
    const request = { address: stake.contract, abi: stakeRegistryAbi, account, ...call } as const
    try {
      await client.simulateContract({ ...request, blockTag: 'pending' } as never)
      const hash = await wallet.writeContract({ ...request, chain: null } as never)
      const receipt = await client.waitForTransactionReceipt({ hash, timeout: receiptTimeout })
      return receipt.status === 'success' ? 'done' : 'lost'
    } catch (error) {
      const reason = reasonOf(error)
      if (reason) return reason
      throw translate(error, account.address)
    }
  }
}

type Call = { readonly functionName: 'slash' | 'commitSlash' | 'slashFalseOpening'; readonly args: readonly unknown[] }

const openingOf = ({ commitment, secretHash, personHash }: Staked) => ({ commitment, secretHash, personHash })

/** The contract's own reason, where it gave one. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof ChainError)) return undefined
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError)
  return reverted instanceof ContractFunctionRevertedError ? reverted.data?.errorName : undefined
}

const lacksGas = /insufficient funds|enough funds|exceeds (the )?balance|exceeds transaction sender account balance/i

function translate(cause: unknown, address: string | undefined): BaseError {
  const text = cause instanceof Error ? `${cause.message} ${(cause as { details?: string }).details ?? ''}` : ''
  if (lacksGas.test(text)) {
    return new ReporterGasError(`${address} does not have enough ether to slash.`, { cause, hint: 'Send it some.' })
  }
  const [reason = ''] = text.split('\n')
  return new ReportFailedError(`A cheater could not be reported: ${reason.trim()}`, { cause })
}

/** The account that reports cheaters cannot pay for it. */
export class ReporterGasError extends BaseError {
  readonly code = 'reporter.gas'
}

/** The chain does not take a report; it is tried again. */
export class ReportFailedError extends BaseError {
  readonly code = 'reporter.failed'
}
