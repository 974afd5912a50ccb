import {
  type Abi,
  type Address,
  type ContractFunctionArgs,
  type ContractFunctionName,
  encodeFunctionData,
  type Hex,
} from 'viem'

/** What an account has the chain do: a call of a contract, or a transfer of ether. */
export type Call = {
  readonly address: Address
  readonly data: Hex
  /** Wei that go along; none unless given. */
  readonly value?: bigint
  /** What the contract is, where one is called. */
  readonly contract?: Contract
  /** What it may take, where that is bounded; else whoever signs decides. */
  readonly fees?: Fees
}

type Contract = { readonly abi: Abi; readonly functionName: string; readonly args: readonly unknown[] }

export type ContractCall = Call & { readonly contract: Contract }

/** The gas that a transaction may use, and what a unit of it may cost, in wei. */
export type Fees =
  | { readonly gas: bigint; readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }
  | { readonly gas: bigint; readonly gasPrice: bigint }

type Writes = 'nonpayable' | 'payable'

/** A call with its arguments checked against the ABI. */
export const callOf = <const A extends Abi, const N extends ContractFunctionName<A, Writes>>(call: {
  address: Address
  abi: A
  functionName: N
  args: ContractFunctionArgs<A, Writes, N>
}): ContractCall => {
  const { address, ...contract } = call as unknown as Contract & { readonly address: Address }
  return { address, data: encodeFunctionData(contract), contract }
}

/** Whether two addresses are one; their letters' case is a checksum only. */
export const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
