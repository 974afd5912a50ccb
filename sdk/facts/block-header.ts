import { equalBytes, fromHex, keccak256 } from '../crypto/index.ts'
import { encodeRlp } from '../verifier/rlp.ts'

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
  const fields: Uint8Array[] = []
  for (const [at, name] of names.entries()) {
    const value = block[name]
    if (value === undefined || value === null) {
      if (at < first) return undefined
      break
    }
    fields.push(numerals.has(name) ? numeral(value) : fromHex(String(value)))
  }
  const header = encodeRlp(fields)
  return equalBytes(keccak256(header), hash) ? header : undefined
}

/** Without leading zeros; zero is nothing. */
function numeral(value: unknown): Uint8Array {
  const digits = BigInt(value as string).toString(16)
  return digits === '0' ? new Uint8Array() : fromHex(digits.padStart(digits.length + (digits.length % 2), '0'))
}

/** Nodes of a proof as bytes. */
export const nodesOf = (proof: readonly string[]): Uint8Array[] => proof.map((node) => fromHex(node))
