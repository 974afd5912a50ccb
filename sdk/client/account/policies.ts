import { createQueue } from '../../async.ts'
import { ownedTopic, type PolicyDocument, ruleToMessage } from '../../codec/index.ts'
import { type Address, checksumAddress, equalBytes } from '../../crypto/index.ts'
import { sealedKeyLimits } from '../../letters/index.ts'
import { explainRule, formatRule, parseRule, type Rule } from '../../policy/index.ts'
import type { StepOptions } from '../session/events.ts'
import { type PeerPolicy, readPolicy } from '../session/peer.ts'
import { signPolicy } from '../session/policy-document.ts'
import { publishOpenly } from '../session/publish-openly.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import type { Session } from '../session/session.ts'

/** The parts of a policy document that change; what is left out stays. */
export type PolicyChange = {
  /** `null` for the network's default. */
  readonly rule?: Rule | null
  readonly sealedKeys?: PolicyDocument['sealedKeys']
}

/** Ends a call. */
type CallOptions = Pick<StepOptions, 'signal'>

/** A document that was read just now need not be read again. */
type ChangeOptions = CallOptions & { readonly known?: PeerPolicy | undefined }

type Change = (policy: PeerPolicy) => PolicyChange | Refusal

/** What an account asks of strangers. */
export type PolicyView = {
  readonly rule: Rule
  /** In the policy language. */
  readonly text: string
  /** For a person. */
  readonly explanation: string
  /** 0 where the account has published none, and the network's default holds. */
  readonly version: bigint
  /** Whether the account can be written to in letters. */
  readonly isSealed: boolean
}

/** The account's own policy document, and what others have published. */
export class Policies {
  readonly #session: Session
  readonly #inTurn = createQueue()

  /** @internal Comes with the client. */
  constructor(session: Session) {
    this.#session = session
  }

  /** What an account asks of strangers; this account unless told otherwise. */
  async get(address?: string, { signal }: CallOptions = {}): Promise<PolicyView> {
    const { network } = this.#session
    const policy = await this.read(address === undefined ? this.#me : checksumAddress(address), signal)
    const rule = policy.rule ?? network.defaultRule
    return {
      rule,
      text: formatRule(rule),
      explanation: explainRule(rule),
      version: policy.version,
      isSealed: policy.sealedKey !== undefined,
    }
  }

  /** Says what strangers must show from now on, in the policy language or as a rule; `default` for the network's own. */
  async set(rule: string | Rule, { signal }: CallOptions = {}): Promise<{ ok: true; version: bigint } | Refusal> {
    const next = typeof rule === 'string' && rule !== 'default' ? parseRule(rule) : rule
    return this.change(() => ({ rule: next === 'default' ? null : (next as Rule) }), { signal })
  }

  /** Publishes a new key for letters. Those sealed to older ones still open. */
  async rotateKey({ signal }: CallOptions = {}): Promise<{ ok: true; version: bigint } | Refusal> {
    return this.#rotateKey({ signal })
  }

  #rotateKey(options: ChangeOptions): Promise<{ ok: true; version: bigint } | Refusal> {
    const { sealedKeys } = this.#session
    return this.change(({ document }) => {
      const [newest] = document?.sealedKeys ?? []
      const index = newest ? (sealedKeys.find(newest.keyId)?.index ?? -1) : -1
      if (index + 1 >= sealedKeyLimits.total)
        return refuse('policy.keys-exhausted', 'The account has had all its keys.')
      const { keyId, key } = sealedKeys.at(index + 1)
      const listed = [{ keyId, key }, ...(document?.sealedKeys ?? [])].slice(0, sealedKeyLimits.listed)
      return { sealedKeys: listed as PolicyDocument['sealedKeys'] }
    }, options)
  }

  /** @internal Publishes a key for letters, unless what was just read has one of this account's already. */
  async ensureSealedKey(known: PeerPolicy, signal?: AbortSignal): Promise<void> {
    const { sealedKey } = known
    const isOwn = sealedKey && this.#session.sealedKeys.find(sealedKey.keyId)
    if (!isOwn || !equalBytes(isOwn.key, sealedKey.key)) await this.#rotateKey({ known, signal })
  }

  /** @internal Changes the own document: a new version of what there is, which is read unless it was just now. */
  change(change: Change, options: ChangeOptions = {}): Promise<{ ok: true; version: bigint } | Refusal> {
    return this.#inTurn(() => this.#change(change, options), options.signal)
  }

  /** @internal */
  read(address: Address, signal?: AbortSignal): Promise<PeerPolicy> {
    const { named, anonymous, network } = this.#session
    const node = address === this.#me ? named : anonymous
    return readPolicy({ anonymous: node, networkId: network.id }, address, signal)
  }

  /** Another client of the account may publish at the same moment; then the change is made to its version. */
  async #change(change: Change, { known, signal }: ChangeOptions): Promise<{ ok: true; version: bigint } | Refusal> {
    for (let attempt = 0; ; attempt++) {
      const policy = (attempt === 0 && known) || (await this.read(this.#me, signal))
      const changes = change(policy)
      if ('ok' in changes) return changes
      const version = policy.version + 1n
      const published = await this.#publish(policy, { changes, version, signal })
      if (published.ok) return { ok: true, version }
      if (published.code !== 'policy.version-too-low' || attempt === 3) return published
    }
  }

  #publish(
    { document }: PeerPolicy,
    { changes, version, signal }: CallOptions & { changes: PolicyChange; version: bigint },
  ) {
    const { network, keyring, clock, named } = this.#session
    const { rule, sealedKeys = document?.sealedKeys ?? [] } = changes
    const kept = rule === undefined ? document?.rule : rule === null ? undefined : ruleToMessage(rule)
    const message = signPolicy(
      { identity: keyring.identity, networkId: network.id },
      {
        version,
        sealedKeys: [...sealedKeys],
        ...(kept && { rule: kept }),
      },
    )
    const envelope = { contentTopic: ownedTopic('policy', this.#me), timestampNs: clock.nextNs(), message }
    return publishOpenly(named, [envelope], signal)
  }

  get #me(): Address {
    return this.#session.keyring.identity.address
  }
}
