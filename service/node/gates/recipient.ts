import { type Address, addressToBytes } from '@pennypost/sdk/crypto'
import { effectiveRule, type Rule } from '@pennypost/sdk/policy'
import {
  type PolicyTarget,
  QUOTE_LIFETIME,
  readPolicyDocument,
  type TopicPolicy,
  type VerifiedPolicy,
} from '@pennypost/sdk/verifier'
import type { NodeDeps } from '../deps.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { KeptBlocks, PolicyVersion } from '../store/index.ts'
import { blocksOf } from './blocks.ts'

/** Of an account that publishes one policy after the other, only so many older ones are honoured. */
const maxQuotes = 16

const none: PolicyVersion = { version: 0n, document: new Uint8Array() }

/** The version that holds now. */
export const currentPolicy = (versions: readonly PolicyVersion[]): PolicyVersion => {
  const [newest] = versions
  return newest && newest.supersededAt === undefined ? newest : none
}

/** The versions after a newer one was published at `now`, without those that nobody can refer to any more. */
export function supersede(versions: readonly PolicyVersion[], next: PolicyVersion, now: number): PolicyVersion[] {
  const current = currentPolicy(versions)
  const quoted = versions.filter(({ supersededAt = 0 }) => supersededAt + QUOTE_LIFETIME >= now).slice(0, maxQuotes)
  return [next, { ...current, supersededAt: now }, ...quoted]
}

/** What an account has published that others are judged by. */
export type RecipientState = { readonly versions: readonly PolicyVersion[]; readonly blocks: KeptBlocks }

/** What a recipient asks of a stranger now. */
export function recipientPolicy(
  deps: Pick<NodeDeps, 'network' | 'terms'>,
  recipient: Address,
  { versions, blocks }: RecipientState,
): TopicPolicy {
  return {
    rule: ruleOf(deps, currentPolicy(versions), recipient),
    recipient: addressToBytes(recipient),
    requestBits: deps.terms().requestBits,
    blocks: blocksOf(deps, recipient, blocks),
  }
}

/** The same with the rule of the version that a sender was quoted, while that is honoured. */
export function quotedPolicy(
  deps: Pick<NodeDeps, 'network' | 'terms'>,
  { recipient, quoted, now, ...state }: RecipientState & { recipient: Address; quoted: bigint; now: number },
): TopicPolicy | Refusal {
  const policy = recipientPolicy(deps, recipient, state)
  const current = currentPolicy(state.versions)
  if (quoted === current.version) return policy
  const earlier = state.versions.find(({ version }) => version === quoted)
  if (earlier?.supersededAt === undefined || now > earlier.supersededAt + QUOTE_LIFETIME) {
    return refuse(
      'policy.version-unknown',
      `The recipient's policy is at version ${current.version}. Read it and ask again.`,
    )
  }
  return { ...policy, rule: ruleOf(deps, earlier, recipient) }
}

function ruleOf(
  { network, terms }: Pick<NodeDeps, 'network' | 'terms'>,
  version: PolicyVersion,
  recipient: Address,
): Rule {
  const { rule } = read(version, { networkId: network.id, owner: addressToBytes(recipient) })
  return effectiveRule(terms().floor, rule ?? terms().defaultRule)
}

type ReadPolicy = Pick<VerifiedPolicy, 'rule'>
const parsed = new WeakMap<PolicyVersion, ReadPolicy>()
const nothing: ReadPolicy = { rule: undefined }

/** What a version says, decoded once. Version 0 says nothing. */
function read(version: PolicyVersion, target: PolicyTarget): ReadPolicy {
  const known = parsed.get(version)
  if (known) return known
  const found = version.version === 0n ? nothing : readPolicyDocument(version.document, target)
  parsed.set(version, found)
  return found
}
