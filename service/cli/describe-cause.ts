import type { PaymentError } from '@pennypost/sdk/payments'
import { BaseError, ContractFunctionRevertedError } from 'viem'

/** What a contract said, with its values: `StakeRegistryTooEarly(exitAt: 1795000000)`; or else what the chain said. */
export function describeCause({ cause, values }: PaymentError): string | undefined {
  if (!(cause instanceof BaseError)) return undefined
  const reverted = cause.walk((inner) => inner instanceof ContractFunctionRevertedError)
  if (!(reverted instanceof ContractFunctionRevertedError) || !reverted.data) return cause.details
  const { errorName, args = [], abiItem } = reverted.data
  const inputs = abiItem.type === 'error' ? abiItem.inputs : []
  return `${errorName}(${args.map((value, i) => `${inputs[i]?.name ?? i}: ${values[i] ?? value}`).join(', ')})`
}
