import { fromBase64, fromHex } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { NodeResponseError } from './errors.ts'
import { isRecord } from './problem.ts'

/** What a node says about itself and its network. Nothing of it is proved. */
export type NodeInfo = {
  /** The node's clock, in unix seconds. */
  time?: number | undefined
  /** The Ed25519 key of its grants and receipts. */
  nodeKey: Uint8Array
  network: { name: string; id: Uint8Array }
  /** What every sender must meet, in the policy language. */
  floor: string
  /** What a recipient asks who has published no rule. */
  defaultRule: string
  /** Of the network's token, as the node writes amounts. */
  decimals: number
  /** Bits of work that a request takes. */
  requestBits: number
  /** The newest checkpoint that the node follows. */
  checkpointSequence?: bigint | undefined
}

/** Reads a node's description of itself; what it says besides is left out. */
export function infoFromJson(json: unknown): NodeInfo {
  try {
    return readInfo(recordOf(json))
  } catch (cause) {
    if (cause instanceof BaseError) throw new NodeResponseError('Expected the description of a node.', { cause })
    throw cause
  }
}

/** The longest text of a policy. */
const longestPolicy = 8_192

function readInfo(json: Record<string, unknown>): NodeInfo {
  const network = recordOf(json.network)
  const { time, checkpointSequence: sequence } = json
  return {
    time: typeof time === 'number' && Number.isSafeInteger(time) ? time : undefined,
    nodeKey: bytes32(fromBase64(textOf(json.nodeKey))),
    network: { name: textOf(network.name), id: bytes32(fromHex(textOf(network.id))) },
    floor: textOf(json.floor),
    defaultRule: textOf(json.defaultRule),
    decimals: numberOf(json.decimals),
    requestBits: numberOf(json.requestBits),
    checkpointSequence: typeof sequence === 'string' && /^\d{1,20}$/.test(sequence) ? BigInt(sequence) : undefined,
  }
}

function recordOf(json: unknown): Record<string, unknown> {
  if (!isRecord(json)) throw new NodeResponseError('Expected an object.')
  return json
}

function bytes32(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 32) throw new NodeResponseError('Expected 32 bytes.')
  return bytes
}

function textOf(json: unknown): string {
  if (typeof json !== 'string' || json.length > longestPolicy) throw new NodeResponseError('Expected a text.')
  return json
}

function numberOf(json: unknown): number {
  if (typeof json !== 'number') throw new NodeResponseError('Expected a number.')
  return json
}
