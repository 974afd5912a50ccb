import type { Abi, Address, ContractFunctionArgs, ContractFunctionName } from 'viem'

/** One call of a contract. */
export type Call = {
  readonly address: Address
  readonly abi: Abi
  readonly functionName: string
  readonly args: readonly unknown[]
}

type Writes = 'nonpayable' | 'payable'

/** A call with its arguments checked against the ABI. */
export const callOf = <const A extends Abi, const N extends ContractFunctionName<A, Writes>>(call: {
  address: Address
  abi: A
  functionName: N
  args: ContractFunctionArgs<A, Writes, N>
}): Call => call as unknown as Call

/** Whether two addresses are one; their letters' case is a checksum only. */
export const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
