import { equalBytes, networkIdOf, toHex, zeroAddress } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { formatRule, parseRule, type Rule } from '../../policy/index.ts'
import type { NodeInfo } from '../../transport/index.ts'
import { type CheckpointTrust, defaultTerms } from '../../verifier/index.ts'
import type { NetworkOptions } from './options.ts'

/** The network as the client knows it: from its own configuration, never from a node's answer. */
export type ClientNetwork = {
  readonly name: string
  readonly id: Uint8Array
  /** What every sender must meet. */
  readonly floor: Rule
  /** What recipients ask who have published no rule. */
  readonly defaultRule: Rule
  /** Leading zero bits that a `request` costs. */
  readonly requestBits: number
  /** The Ed25519 key that the node signs grants and receipts with. */
  readonly nodeKey: Uint8Array
}

/**
 * The network that was configured, once the node has said that it is of the same. A node that says otherwise is refused and
 * not obeyed: terms of its own, told to one client alone, would be read back from what that client does.
 */
export function pinNetwork(info: NodeInfo, options: NetworkOptions = {}): ClientNetwork {
  const { name = defaultTerms.name, requestBits = defaultTerms.requestBits } = options
  const id = networkIdOf(name)
  if (!equalBytes(id, info.network.id)) {
    throw new NetworkMismatchError(`The node is of the network ${info.network.name}, not of ${name}.`, {
      hint: 'Pass `network: { name }` to Client.create.',
    })
  }
  const floor = parseRule(options.floor ?? defaultTerms.floor)
  const defaultRule = parseRule(options.defaultRule ?? defaultTerms.defaultRule)
  requireSame('floor', formatRule(floor), canonical(info.floor))
  requireSame('defaultRule', formatRule(defaultRule), canonical(info.defaultRule))
  requireSame('requestBits', requestBits, info.requestBits)
  const known = options.nodeKeys
  if (known && !known.some((key) => equalBytes(key, info.nodeKey))) {
    throw new NetworkTermsError(`The node's key 0x${toHex(info.nodeKey)} is none of \`network.nodeKeys\`.`)
  }
  return { name, id, floor, defaultRule, requestBits, nodeKey: info.nodeKey }
}

/** Whose checkpoints count, if that was said. */
export function trustOf({ id: networkId }: ClientNetwork, options: NetworkOptions = {}): CheckpointTrust | undefined {
  const { chainId, noteTree, registry = zeroAddress, signers = [], threshold = 1 } = options
  if (chainId === undefined || noteTree === undefined || signers.length === 0) return undefined
  return { networkId, chainId: BigInt(chainId), noteTree, registry, signers, threshold }
}

const canonical = (text: string): string => formatRule(parseRule(text))

function requireSame(term: string, pinned: string | number, told: string | number): void {
  if (pinned === told) return
  throw new NetworkTermsError(`The node says that the network's ${term} is “${told}”; the client knows “${pinned}”.`, {
    hint: `If the network has changed it, pass \`network: { ${term} }\` to Client.create.`,
  })
}

/** The node is of another network than the client's. */
export class NetworkMismatchError extends BaseError {
  override readonly code = 'network.mismatch'
}

/** The node says of the network what the client's configuration does not. */
export class NetworkTermsError extends BaseError {
  override readonly code = 'network.terms-differ'
}
