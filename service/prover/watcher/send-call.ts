import { BaseError } from '@pennypost/sdk/verifier'
import {
  type Abi,
  type Address,
  BaseError as ChainError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  type Transport,
} from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'

type Options = {
  readonly transport: Transport
  /** Pays; without one nothing is sent. */
  readonly account: PrivateKeyAccount | undefined
}

type Contract = {
  readonly address: Address
  readonly abi: Abi
  /** Who a call is tried as where nobody pays; it is not tried unless given. */
  readonly from?: Address
  /** Told before a transaction is sent: from then on it may cost, whatever becomes of it. */
  readonly onSending?: () => void
}

type Call = { readonly functionName: string; readonly args: readonly unknown[] }

const receiptTimeout = 60_000

/**
 * Sends a call that would succeed in the next block. Answers `done`; `lost` where another transaction came first; `nobody`
 * where there is no account to pay; or else the name of the contract's error.
 */
export function createSender({ transport, account }: Options) {
  const client = createPublicClient({ transport, cacheTime: 0, pollingInterval: 500 })
  const wallet = account && createWalletClient({ account, transport })

  async function attempt({ from, onSending, ...contract }: Contract, call: Call): Promise<string> {
    const request = { ...contract, account: account ?? from, ...call } as const
    await client.simulateContract({ ...request, blockTag: 'pending' } as never)
    if (!wallet) return 'nobody'
    onSending?.()
    const hash = await wallet.writeContract({ ...request, chain: null } as never)
    const receipt = await client.waitForTransactionReceipt({ hash, timeout: receiptTimeout })
    return receipt.status === 'success' ? 'done' : 'lost'
  }

  return async (contract: Contract, call: Call): Promise<string> => {
    if (!account && !contract.from) return 'nobody'
    try {
      return await attempt(contract, call)
    } catch (error) {
      const reason = reasonOf(error)
      if (reason) return reason
      throw translate(error, account?.address)
    }
  }
}

/** The contract's own reason, where it gave one. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof ChainError)) return undefined
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError)
  return reverted instanceof ContractFunctionRevertedError ? reverted.data?.errorName : undefined
}

const lacksGas = /insufficient funds|enough funds|exceeds (the )?balance|exceeds transaction sender account balance/i

/** What a failed request means for whoever reports. */
export function translate(cause: unknown, address: string | undefined): BaseError {
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
