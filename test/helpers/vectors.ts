import { readFileSync } from 'node:fs'

type Hex = `0x${string}`

/** The rows of `test/vectors/ticket.json`: names and topics as text, all else 32 bytes of hex. */
export type Vectors = {
  network: { name: string; networkId: Hex }
  poseidon: { inputs: Hex[]; output: Hex }[]
  uses: Record<'networkName' | 'networkId' | 'topic' | 'holder' | 'units' | 'expiresAt' | 'use' | 'x', Hex>[]
  classes: Record<'kind' | 'chainId' | 'contract' | 'number' | 'classId', Hex>[]
  scopes: (Record<'networkId' | 'classId' | 'period' | 'scope', Hex> & { issuer: Hex | null })[]
  tagScopes: Record<'networkId' | 'recipient' | 'tagScope', Hex>[]
  tickets: Record<TicketField, Hex>[]
  tree: { depth: Hex; operations: Record<OperationField, Hex>[] }
}

type TicketField =
  | 'secret'
  | 'person'
  | 'messageId'
  | 'scope'
  | 'tagScope'
  | 'x'
  | 'asOf'
  | 'leafIndex'
  | 'secretHash'
  | 'personHash'
  | 'commitment'
  | 'classId'
  | 'limit'
  | 'expiry'
  | 'leaf'
  | 'credential'
  | 'a1'
  | 'y'
  | 'nullifier'
  | 'tag'

type OperationField =
  | 'index'
  | 'kind'
  | 'leafIndex'
  | 'commitment'
  | 'classId'
  | 'limit'
  | 'expiry'
  | 'leaf'
  | 'root'
  | 'chain'

export const vectors: Vectors = JSON.parse(readFileSync(new URL('../vectors/ticket.json', import.meta.url), 'utf8'))

/** The 32 bytes of a hex value. */
export const toBytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.slice(2), 'hex'))

/** The last 20 bytes: an address. */
export const toAddress = (hex: string): Uint8Array => toBytes(hex).slice(12)

/** 32 bytes of hex, as the file writes all values. */
export const toHex = (value: bigint | Uint8Array): Hex =>
  `0x${typeof value === 'bigint' ? value.toString(16).padStart(64, '0') : Buffer.from(value).toString('hex')}`

/** A row with every value as an integer. */
export function toIntegers<Field extends string>(row: Record<Field, Hex>): Record<Field, bigint> {
  const entries = Object.entries(row) as [Field, Hex][]
  return Object.fromEntries(entries.map(([field, value]) => [field, BigInt(value)])) as Record<Field, bigint>
}
