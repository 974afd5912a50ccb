import { numberToHex, toRlp } from 'viem'
import { equalBytes, fromHex, type Hex, keccak256 } from '../crypto/index.ts'

/** A block as endpoints tell it (`eth_getBlockByHash`, or viem's `getBlock`). */
export type ToldBlock = Readonly<Record<string, unknown>>

/** The fields of a header in their order; from the sixteenth on, each since a fork, and with all before it. */
const names = [
  ...['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot', 'logsBloom', 'difficulty'],
  ...['number', 'gasLimit', 'gasUsed', 'timestamp', 'extraData', 'mixHash', 'nonce', 'baseFeePerGas'],
  ...['withdrawalsRoot', 'blobGasUsed', 'excessBlobGas', 'parentBeaconBlockRoot', 'requestsHash'],
] as const

const numerals = new Set<string>([
  ...['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp', 'baseFeePerGas', 'blobGasUsed', 'excessBlobGas'],
])
const first = 15

/** The header of a block (RLP), from what an endpoint says of it; undefined where that does not give the block's hash. */
export function headerOf(block: ToldBlock, hash: Uint8Array): Uint8Array | undefined {
  const fields: Hex[] = []
  for (const [at, name] of names.entries()) {
    const value = block[name]
    if (value === undefined || value === null) {
      if (at < first) return undefined
      break
    }
    fields.push(numerals.has(name) ? numeral(value) : (String(value) as Hex))
  }
  const header = toRlp(fields, 'bytes')
  return equalBytes(keccak256(header), hash) ? header : undefined
}

/** Without leading zeros; zero is nothing. */
function numeral(value: unknown): Hex {
  const number = BigInt(value as string)
  return number === 0n ? '0x' : numberToHex(number, { size: Math.ceil(number.toString(16).length / 2) })
}

/** Nodes of a proof as bytes. */
export const nodesOf = (proof: readonly string[]): Uint8Array[] => proof.map((node) => fromHex(node))
