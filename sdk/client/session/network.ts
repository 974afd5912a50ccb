import type { Checkpoint } from '../../codec/index.ts'
import { equalBytes, networkIdOf, toHex, zeroAddress } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { formatRule, mostDecimals, parseRule, type Rule, type TokenOptions, usualDecimals } from '../../policy/index.ts'
import type { NodeInfo } from '../../transport/index.ts'
import { type CheckpointTrust, defaultTerms, unattendedRule } from '../../verifier/index.ts'
import type { NetworkOptions } from './options.ts'

/** The network as the client knows it: from its own configuration and what signers say, never from a node's answer. */
export type ClientNetwork = {
  readonly name: string
  readonly id: Uint8Array
  /** What every sender must meet. */
  readonly floor: Rule
  /** What recipients ask who have published no rule. */
  readonly defaultRule: Rule
  /** What is asked, beside the floor, of who writes to an account that has published no keys; no checkpoint says it. */
  readonly unattendedRule: Rule
  /** Of the network's token: amounts in policies are written with so many decimal places at most. */
  readonly decimals: number
  /** Leading zero bits that a `request` costs. */
  readonly requestBits: number
  /** The Ed25519 key that the node signs grants and receipts with. */
  readonly nodeKey: Uint8Array
}

/** Terms that signers have signed, and of which checkpoint. */
type Said = Pick<Checkpoint, 'floor' | 'defaultRule' | 'requestBits' | 'decimals' | 'sequence'>

/**
 * The network that was configured, once the node has said that it is of the same. Terms are those of the newest checkpoint
 * that `said` knows, where it has some; otherwise as they were configured. A node that says otherwise is refused and not
 * obeyed: terms of its own, told to one client alone, would be read back from what that client does.
 */
export function pinNetwork(
  info: NodeInfo,
  options: NetworkOptions = {},
  said: () => Said | undefined = () => undefined,
): ClientNetwork {
  const { name = defaultTerms.name } = options
  const id = networkIdOf(name)
  if (!equalBytes(id, info.network.id)) {
    throw new NetworkMismatchError(`The node is of the network ${info.network.name}, not of ${name}.`, {
      hint: 'Pass `network: { name }` to Client.create.',
    })
  }
  const { decimals = usualDecimals } = options
  if (!canBeDecimals(decimals)) throw new NetworkTermsError(`No token has ${decimals} decimals, as \`network\` says.`)
  const terms = followTerms(options, said)
  requireSame('decimals', terms().decimals, info.decimals)
  requireSame('floor', formatRule(terms().floor, terms()), canonical(info.floor, terms()))
  requireSame('defaultRule', formatRule(terms().defaultRule, terms()), canonical(info.defaultRule, terms()))
  requireSame('requestBits', terms().requestBits, info.requestBits)
  const known = options.nodeKeys
  if (known && !known.some((key) => equalBytes(key, info.nodeKey))) {
    throw new NetworkTermsError(`The node's key 0x${toHex(info.nodeKey)} is none of \`network.nodeKeys\`.`)
  }
  return {
    name,
    id,
    nodeKey: info.nodeKey,
    get floor() {
      return terms().floor
    },
    get defaultRule() {
      return terms().defaultRule
    },
    get unattendedRule() {
      return parseRule(options.unattendedRule ?? unattendedRule, terms())
    },
    get decimals() {
      return terms().decimals
    },
    get requestBits() {
      return terms().requestBits
    },
  }
}

const canBeDecimals = (decimals: number): boolean =>
  Number.isInteger(decimals) && decimals >= 0 && decimals <= mostDecimals

/** The terms as they are now: read anew where there is a newer checkpoint. What the user has configured stays. */
function followTerms(options: NetworkOptions, said: () => Said | undefined) {
  const read = (signed: Said | undefined) => {
    const term = signed?.floor ? signed : { ...defaultTerms, decimals: usualDecimals }
    const own = { decimals: options.decimals ?? term.decimals }
    const ruleOf = (configured: string | undefined, said: string) =>
      configured === undefined ? parseRule(said, term) : parseRule(configured, own)
    return {
      ...own,
      floor: ruleOf(options.floor, term.floor),
      defaultRule: ruleOf(options.defaultRule, term.defaultRule),
      requestBits: options.requestBits ?? term.requestBits,
    }
  }
  let [newest, terms] = [said(), read(said())]
  return () => {
    const now = said()
    if (now && now.sequence !== newest?.sequence) [newest, terms] = [now, read(now)]
    return terms
  }
}

/** Whose checkpoints count, if that was said. */
export function trustOf(options: NetworkOptions = {}): CheckpointTrust | undefined {
  const { name = defaultTerms.name, chainId, noteTree, registry = zeroAddress, signers = [], threshold = 1 } = options
  const networkId = networkIdOf(name)
  if (chainId === undefined || noteTree === undefined || signers.length === 0) return undefined
  return { networkId, chainId: BigInt(chainId), noteTree, registry, signers, threshold }
}

const canonical = (text: string, token: TokenOptions): string => formatRule(parseRule(text, token), token)

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
