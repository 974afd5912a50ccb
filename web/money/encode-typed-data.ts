import { getTypesForEIP712Domain, serializeTypedData, type TypedDataDefinition } from 'viem'

/** What EIP-712 signs. */
export type TypedData = {
  readonly domain: object
  readonly types: object
  readonly primaryType: string
  readonly message: object
}

/** What is to be signed, as wallets take it: with the domain's own type, without which the domain would not count. */
export function encodeTypedData(data: TypedData): string {
  const types = { EIP712Domain: getTypesForEIP712Domain({ domain: data.domain }), ...data.types }
  return serializeTypedData({ ...data, types } as TypedDataDefinition)
}
