import { addressToBytes, toHex } from '@pennypost/sdk/crypto'
import { effectiveRule, type Rule } from '@pennypost/sdk/policy'
import { readPolicyDocument, type TopicPolicy } from '@pennypost/sdk/verifier'
import type { NodeDeps } from '../deps.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { PolicyVersion } from '../store/index.ts'

/** How long, in seconds, a superseded policy's quote is honoured. Blocks hold at once. */
const quoteLifetime = 3600

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
  const quoted = versions.filter(({ supersededAt = 0 }) => supersededAt + quoteLifetime >= now).slice(0, maxQuotes)
  return [next, { ...current, supersededAt: now }, ...quoted]
}

/** What a recipient asks of a stranger now. */
export function recipientPolicy(
  { network, limits }: Pick<NodeDeps, 'network' | 'limits'>,
  recipient: string,
  versions: readonly PolicyVersion[],
): TopicPolicy {
  const owner = addressToBytes(recipient)
  const document = read(currentPolicy(versions), network.id, owner)
  return {
    rule: effectiveRule(network.floor, document.rule ?? network.defaultRule),
    recipient: owner,
    requestBits: limits.requestBits,
    ...document.blocks,
  }
}

/** The same with the rule of the version that a sender was quoted, while that is honoured. */
export function quotedPolicy(
  deps: Pick<NodeDeps, 'network' | 'limits'>,
  {
    recipient,
    versions,
    quoted,
    now,
  }: { recipient: string; versions: readonly PolicyVersion[]; quoted: bigint; now: number },
): TopicPolicy | Refusal {
  const policy = recipientPolicy(deps, recipient, versions)
  const current = currentPolicy(versions)
  if (quoted === current.version) return policy
  const earlier = versions.find(({ version }) => version === quoted)
  if (earlier?.supersededAt === undefined || now > earlier.supersededAt + quoteLifetime) {
    return refuse(
      'policy.version-unknown',
      `The recipient's policy is at version ${current.version}. Read it and ask again.`,
    )
  }
  return { ...policy, rule: ruleOf(deps, earlier, recipient) }
}

function ruleOf({ network }: Pick<NodeDeps, 'network'>, version: PolicyVersion, recipient: string): Rule {
  const { rule } = read(version, network.id, addressToBytes(recipient))
  return effectiveRule(network.floor, rule ?? network.defaultRule)
}

type ReadPolicy = {
  readonly rule: Rule | undefined
  readonly blocks: Pick<TopicPolicy, 'blockedTags' | 'blockedWallets' | 'revokedConnections'>
}

const parsed = new WeakMap<PolicyVersion, ReadPolicy>()

/** What a version says, decoded once. Version 0 says nothing. */
function read(version: PolicyVersion, networkId: Uint8Array, owner: Uint8Array): ReadPolicy {
  const known = parsed.get(version)
  if (known) return known
  const policy = version.version === 0n ? undefined : readPolicyDocument(version.document, { networkId, owner })
  const { blockedTags, blockedWallets, revokedConnections } = policy?.document ?? {}
  const found = {
    rule: policy?.rule,
    blocks: {
      blockedTags: hexSet(blockedTags),
      blockedWallets: hexSet(blockedWallets),
      revokedConnections: hexSet(revokedConnections),
    },
  }
  parsed.set(version, found)
  return found
}

const hexSet = (list: readonly Uint8Array[] = []): ReadonlySet<string> => new Set(list.map(toHex))
