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

/**
 * How far a target is: a report of it is committed; it is slashed; the reward is collected, or another's; or there is
 * nothing to slash any more.
 */
export type Outcome = 'found' | 'committed' | 'slashed' | 'rewarded' | 'gone'

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

  async function stateOf({ stake }: Target): Promise<State> {
    const contract = { address: stake.contract, abi: stakeRegistryAbi } as const
    const [now, [reward], { timestamp }] = await Promise.all([
      client.readContract({ ...contract, functionName: 'stakeOf', args: [stake.staker] }),
      client.readContract({ ...contract, functionName: 'rewardOf', args: [BigInt(stake.leafIndex)] }),
      client.getBlock(),
    ]).catch((error) => {
      throw translate(error, account?.address)
    })
    const isMine = reward.reporter === account?.address
    if (isMine || timestamp < reward.payableAt) return { status: 'slashed', isMine }
    const isThere = now.class !== 0n && Number(now.leafIndex) === stake.leafIndex
    return { status: statusOf({ isSlashed: reward.payableAt > 0 || now.isSlashed, isThere }), isMine }
  }

  /** Shows what was committed to, or commits to showing it a block later. */
  async function report(target: Target, reporter: Address): Promise<Outcome> {
    const { stake } = target
    const shown = await send(stake, showing(target))
    if (shown === 'done') return 'slashed'
    if (shown !== 'StakeRegistryReportNotReady') return (await stateOf(target)).status
    const hash = await reportOf(client, target, reporter)
    await send(stake, { functionName: 'commitSlash', args: [hash] })
    return 'committed'
  }

  /** Collects the reward when its time has come, or takes it from whoever committed later. */
  async function claim(target: Target, isMine: boolean): Promise<Outcome> {
    const { stake } = target
    const collect: Call = { functionName: 'collectReward', args: [BigInt(stake.leafIndex)] }
    const done = await send(stake, isMine ? collect : showing(target))
    return isMine && done === 'done' ? 'rewarded' : 'slashed'
  }

  async function step(target: Target): Promise<Outcome> {
    const { status, isMine } = await stateOf(target)
    if (account && status === 'found') return report(target, account.address)
    if (account && status === 'slashed') return claim(target, isMine)
    return status
  }

  return {
    address: account && checksumAddress(account.address),
    act: (target) => orAborted(step(target), options.signal),
  }
}

const statusOf = ({ isSlashed, isThere }: { isSlashed: boolean; isThere: boolean }): Outcome => {
  if (!isThere) return 'gone'
  return isSlashed ? 'rewarded' : 'found'
}

/** What a reporter commits to. */
function reportOf(client: PublicClient, { stake, secret }: Target, reporter: Address): Promise<Hex> {
  const contract = { address: stake.contract, abi: stakeRegistryAbi } as const
  const about = [reporter, stake.staker] as const
  if (secret === undefined) return client.readContract({ ...contract, functionName: 'falseReportOf', args: about })
  return client.readContract({ ...contract, functionName: 'reportOf', args: [...about, secret] })
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

type State = { readonly status: Outcome; readonly isMine: boolean }
type Call = {
  readonly functionName: 'slash' | 'commitSlash' | 'slashFalseOpening' | 'collectReward'
  readonly args: readonly unknown[]
}

const showing = ({ stake, secret }: Target): Call =>
  secret === undefined
    ? { functionName: 'slashFalseOpening', args: [stake.staker, openingOf(stake)] }
    : { functionName: 'slash', args: [stake.staker, openingOf(stake), secret] }

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
