import { serializeTypedData, type TypedDataDefinition } from 'viem'

/** What is to be signed, as wallets take it. */
export const encodeTypedData = (data: object): string => serializeTypedData(data as TypedDataDefinition)
